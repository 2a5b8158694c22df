import type { Socket } from 'node:net';
import type { Identity } from './access.ts';
import type { Client } from './client-ids.ts';
import type { Grants } from './grants.ts';
import type { Intake } from './intake.ts';
import type { Subscriber } from './stalls.ts';

/** All who have no user share one name here, which no user can have. */
const ANONYMOUS = '';

/** The connection of an outside client. */
export class Connection implements Client, Subscriber {
  readonly socket: Socket;
  /** Of the peer, as it was when it came. */
  readonly address: string;
  readonly intake: Intake;
  readonly grants: Grants;
  /** Known once it was let in. */
  identity: Identity | undefined;

  constructor(socket: Socket, intake: Intake, grants: Grants) {
    this.socket = socket;
    this.address = socket.remoteAddress ?? '';
    this.intake = intake;
    this.grants = grants;
  }

  get owner(): string {
    return this.identity?.user ?? ANONYMOUS;
  }

  get blocked(): boolean {
    return this.socket.writableNeedDrain;
  }

  get taken(): number {
    return this.socket.bytesWritten - this.socket.writableLength;
  }

  cut(): void {
    this.socket.destroy(new Error('it takes nothing while messages wait for it'));
  }
}

import type { Socket } from 'node:net';
import type { Identity } from './access.ts';
import type { Client } from './client-ids.ts';
import type { Grants } from './grants.ts';
import type { Intake } from './intake.ts';
import type { Outlet } from './outlet.ts';
import type { Subscriber } from './stalls.ts';

/** The owner of all anonymous clients. No user can have this name. */
const ANONYMOUS = '';

/** The connection of an outside client. */
export class Connection implements Client, Subscriber {
  readonly socket: Socket;
  /** Address of the peer when it connected. */
  readonly address: string;
  readonly intake: Intake;
  readonly grants: Grants;
  /** Absent: the others wait for it while it is slow. */
  readonly outlet: Outlet | undefined;
  /** Known when the client was accepted. */
  identity: Identity | undefined;

  constructor(socket: Socket, intake: Intake, grants: Grants, outlet: Outlet | undefined) {
    this.socket = socket;
    this.address = socket.remoteAddress ?? '';
    this.intake = intake;
    this.grants = grants;
    this.outlet = outlet;
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
    this.socket.destroy(new Error('it does not read while messages wait for it'));
  }
}

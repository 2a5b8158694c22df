/** The traffic of links, by direction. */
export interface Traffic {
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly framesIn: number;
  readonly framesOut: number;
  /** Largest number of bytes that have waited to be sent on one link. */
  readonly writeBufferPeak: number;
}

/** Sums up ended links. Open links are added for each snapshot. */
export class TrafficTotals {
  #past: Traffic = { bytesIn: 0, bytesOut: 0, framesIn: 0, framesOut: 0, writeBufferPeak: 0 };

  /** Adds an ended link. */
  end(link: Traffic): void {
    this.#past = sum(this.#past, link);
  }

  with(links: Iterable<{ stats(): Traffic }>): Traffic {
    let total = this.#past;
    for (const link of links) total = sum(total, link.stats());
    return total;
  }
}

function sum(a: Traffic, b: Traffic): Traffic {
  return {
    bytesIn: a.bytesIn + b.bytesIn,
    bytesOut: a.bytesOut + b.bytesOut,
    framesIn: a.framesIn + b.framesIn,
    framesOut: a.framesOut + b.framesOut,
    writeBufferPeak: Math.max(a.writeBufferPeak, b.writeBufferPeak),
  };
}

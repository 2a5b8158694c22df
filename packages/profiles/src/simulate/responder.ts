/** What a device answers. One for each link, since requests come in pieces. */
export interface Responder {
  /** @param now Unix milliseconds */
  receive(chunk: Buffer, now: number): Buffer[];
}

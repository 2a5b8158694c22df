const PATIENCE = 15_000;

/** Looks every few milliseconds whether `condition` holds; gives up, with an error, when it never does. */
export async function until(condition: () => boolean, patience = PATIENCE): Promise<void> {
  const end = performance.now() + patience;
  while (!condition()) {
    if (performance.now() >= end) throw new Error(`waited in vain for ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

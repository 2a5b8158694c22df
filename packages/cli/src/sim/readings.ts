/** Readings that change a little each time. */
export interface Climate {
  readonly temperature: number;
  readonly humidity: number;
}

/** @param random numbers in [0, 1) */
export function climate(random: () => number): () => Climate {
  let temperature = 18 + random() * 8;
  let humidity = 40 + random() * 30;
  const step = (value: number, size: number, min: number, max: number): number =>
    Math.min(max, Math.max(min, value + (random() - 0.5) * size));
  return () => {
    temperature = step(temperature, 0.6, -10, 40);
    humidity = step(humidity, 2, 10, 95);
    return { temperature: Math.round(temperature * 10) / 10, humidity: Math.round(humidity) };
  };
}

import type { Property } from './model.ts';

/**
 * Tells properties and elements by name: `DEVICE.PROPERTY.ELEMENT`, each of which may hold `*` for any text; what is left
 * out at the end is `*`. A device with dots in its name is found where all three are given.
 */
export class PropertyPattern {
  /** Names without a `*`, where there are such. */
  readonly device: string | undefined;
  readonly name: string | undefined;
  readonly element: string | undefined;
  readonly #device: RegExp;
  readonly #name: RegExp;
  readonly #element: RegExp;

  constructor(text = '*') {
    const parts = text.split('.');
    const cut = parts.length > 3 ? parts.length - 2 : 1;
    const [device, name, element] = [parts.slice(0, cut).join('.'), parts[cut] ?? '*', parts[cut + 1] ?? '*'];
    [this.device, this.name, this.element] = [exact(device), exact(name), exact(element)];
    [this.#device, this.#name, this.#element] = [glob(device), glob(name), glob(element)];
  }

  /** Whether it names one element, so that there is nothing more to wait for once it is there. */
  get isExact(): boolean {
    return this.device !== undefined && this.name !== undefined && this.element !== undefined;
  }

  matches({ device, name }: Pick<Property, 'device' | 'name'>): boolean {
    return this.#device.test(device) && this.#name.test(name);
  }

  matchesDevice(device: string): boolean {
    return this.#device.test(device);
  }

  matchesElement(name: string): boolean {
    return this.#element.test(name);
  }
}

function exact(part: string): string | undefined {
  return part.includes('*') ? undefined : part;
}

function glob(part: string): RegExp {
  // Node 22 has no RegExp.escape.
  const pieces = part.split(/\*+/).map((piece) => piece.replaceAll(/[\\^$.+?()[\]{}|]/g, '\\$&'));
  // Lazy pieces cost no more than the product of both lengths.
  return new RegExp(`^${pieces.join('[\\s\\S]*?')}$`);
}

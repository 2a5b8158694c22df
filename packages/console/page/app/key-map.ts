/** What keys of the whole page do. None acts in a field or while a character is being composed, and letters can be switched off. */

/** Time between `g` and the letter of a page. */
const SECOND_KEY = 1_500;

export interface KeyActions {
  /** Ctrl K */
  readonly palette: () => void;
  /** `?` */
  readonly help: () => void;
  /** `/` */
  readonly filter: () => void;
  /** `g` and this letter; false: no page has it. */
  readonly go: (letter: string) => boolean;
  /** `c`: copies the command of the page. */
  readonly copy: () => void;
  /** `n`: the next field. */
  readonly next: () => void;
  /** `s`: to what sends. */
  readonly send: () => void;
  /** `[` and `]`: to the neighbour in the list that one came from. */
  readonly neighbour: (step: -1 | 1) => void;
  /** Esc outside of fields and dialogs. */
  readonly back: () => void;
}

/** Of a keydown event. */
interface KeyEvent {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly isComposing: boolean;
  readonly defaultPrevented: boolean;
  /** Milliseconds. */
  readonly timeStamp: number;
}

/** What keys do. Pure but for the actions, so that it can be tested without a browser. */
export class KeyMap {
  readonly #actions: KeyActions;
  readonly #letters: () => boolean;
  #wentAt = Number.NEGATIVE_INFINITY;

  /** @param letters whether letters act */
  constructor(actions: KeyActions, letters: () => boolean) {
    this.#actions = actions;
    this.#letters = letters;
  }

  /**
   * Whether the key did something.
   *
   * @param place where the focus is
   */
  press(event: KeyEvent, place: 'page' | 'field' | 'dialog'): boolean {
    if (event.isComposing || event.defaultPrevented) return false;
    const { key } = event;
    if ((event.ctrlKey || event.metaKey) && !event.altKey && key.toLowerCase() === 'k') {
      if (place === 'dialog') return false;
      this.#actions.palette();
      return true;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || place !== 'page') return false;
    if (key === 'Escape') return this.#did(this.#actions.back);
    if (!this.#letters()) return false;
    if (event.timeStamp - this.#wentAt < SECOND_KEY) {
      this.#wentAt = Number.NEGATIVE_INFINITY;
      return this.#actions.go(key);
    }
    switch (key) {
      case 'g':
        this.#wentAt = event.timeStamp;
        return true;
      case '/':
        return this.#did(this.#actions.filter);
      case '?':
        return this.#did(this.#actions.help);
      case 'c':
        return this.#did(this.#actions.copy);
      case 'n':
        return this.#did(this.#actions.next);
      case 's':
        return this.#did(this.#actions.send);
      case '[':
        return this.#did(() => this.#actions.neighbour(-1));
      case ']':
        return this.#did(() => this.#actions.neighbour(1));
      default:
        return false;
    }
  }

  #did(action: () => void): true {
    action();
    return true;
  }
}

/** MQTT filters in a tree of their levels. The time of a look-up depends on the levels of a topic, not on the number of filters. */
interface Node<V> {
  readonly children: Map<string, Node<V>>;
  /** The values of the filter that ends here. */
  value: V | undefined;
}

const emptyNode = <V>(): Node<V> => ({ children: new Map(), value: undefined });

export class FilterTree<V> {
  readonly #root: Node<V> = emptyNode();

  get empty(): boolean {
    return this.#root.children.size === 0;
  }

  set(filter: string, value: V): void {
    let node = this.#root;
    for (const level of filter.split('/')) {
      const next = node.children.get(level) ?? emptyNode<V>();
      node.children.set(level, next);
      node = next;
    }
    node.value = value;
  }

  delete(filter: string): void {
    const path = [this.#root];
    const levels = filter.split('/');
    for (const level of levels) {
      const next = (path.at(-1) as Node<V>).children.get(level);
      if (next === undefined) return;
      path.push(next);
    }
    (path.at(-1) as Node<V>).value = undefined;
    for (let i = levels.length; i > 0; i--) {
      const { children, value } = path[i] as Node<V>;
      if (children.size > 0 || value !== undefined) return;
      (path[i - 1] as Node<V>).children.delete(levels[i - 1] as string);
    }
  }

  /** The values of all filters that match. A wildcard in the first level does not match `$` (MQTT 3.1.1, 4.7.2). */
  matching(topic: string): V[] {
    const levels = topic.split('/');
    const found: V[] = [];
    const add = (node: Node<V> | undefined) => {
      if (node?.value !== undefined) found.push(node.value);
    };
    let nodes = [this.#root];
    for (let i = 0; i < levels.length && nodes.length > 0; i++) {
      const wild = i > 0 || !topic.startsWith('$');
      const next: Node<V>[] = [];
      for (const { children } of nodes) {
        const exact = children.get(levels[i] as string);
        const one = wild ? children.get('+') : undefined;
        if (exact !== undefined) next.push(exact);
        if (one !== undefined) next.push(one);
        if (wild) add(children.get('#'));
      }
      nodes = next;
    }
    for (const node of nodes) {
      add(node);
      // `a/#` matches `a` too (4.7.1.2).
      add(node.children.get('#'));
    }
    return found;
  }
}

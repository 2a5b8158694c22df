/** Names that strangers chose: isolated from the direction of the text around them, control characters written out. */
import { visible } from '../format/text.ts';

export function Name({ children }: { readonly children: string }) {
  return <bdi>{visible(children)}</bdi>;
}

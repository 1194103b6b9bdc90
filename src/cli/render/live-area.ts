/** The part of a terminal that is painted again and again: the live view of `watch` and of the demo. */
import { createLogUpdate } from 'log-update';

export interface LiveArea {
  /** Replaces what the area shows. */
  paint(text: string): void;
  /** Empties the area: what is printed next stands in its place. */
  clear(): void;
  /** Leaves the area as it is, and gives the cursor back. */
  done(): void;
}

/** An invisible difference: "no colour" where there is none. */
const NOTHING = '\u001B[0m';

export function liveArea(stream: NodeJS.WriteStream): LiveArea {
  const update = createLogUpdate(stream);
  let shown = '';
  let odd = false;
  return {
    paint: (text) => {
      // log-update writes only the lines that differ, and loses the last ones when the text grows (7.2.0). It writes all
      // of them when the first line differs.
      if (text !== shown) odd = !odd;
      shown = text;
      update(`${odd ? NOTHING : ''}${text}`);
    },
    clear: () => { update.clear(); },
    done: () => { update.done(); },
  };
}

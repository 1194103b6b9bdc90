/** The part of `policy` that all products have. Upper limits catch a wrong unit, not a brave site. */
import { section } from './section.ts';
import { duration, wholeNumber } from './values.ts';

/** @param within how long a host may take until it is healthy, unless the file says otherwise. */
export function healthPolicy(within: string) {
  return section({
    consecutive: wholeNumber(1, 100).default(3),
    every: duration('1s', '10m').default('5s'),
    within: duration('1s', '24h').default(within),
  }).prefault({});
}

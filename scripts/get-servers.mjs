// Gets the Temporal servers that tests start into the user's cache, once: afterwards tests need no network.
import { findTemporalCli, findTestServer } from '../dist/src/temporal/find-program.js';

const say = (sentence) => console.log(sentence);
for (const { path, from } of [await findTemporalCli({ say }), await findTestServer({ say })]) console.log(`${path} (${from})`);

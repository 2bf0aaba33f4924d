/** For a Node that does not strip types itself: imported before anything else, it lets tsx do so. */
import { register } from 'node:module';
import { register as registerTsx } from 'tsx/esm/api';

registerTsx();
register('./packages-as-they-are.mjs', import.meta.url);

/** A process that sends one file to a bucket, to be killed meanwhile: `send-one.ts <bucket> <notes> <key> <file>`. */
import { openS3Store } from '../../src/store/s3-store.ts';

const [bucket, notes, key, file] = process.argv.slice(2) as [string, string, string, string];
await openS3Store({ bucket, prefix: 'some/prefix' }, { notes }).put(key, file);

/** `part-child.ts <part> <json of PartOptions>`, forked by check.ts: one part, whose findings are sent as they come. */
import { Finding, type Part, type PartOptions } from './part.ts';

const [, , name, options] = process.argv;
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
const { default: part } = (await import(`./parts/${name}.ts`)) as { default: Part };
const finding = new Finding(({ checks, tables, notes }) => process.send!({ checks, tables, notes }));
await part(finding, JSON.parse(options!) as PartOptions);
process.send!('done', () => process.exit(0));

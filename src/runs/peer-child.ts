/** `peer-child.ts`, forked by peers.ts: a further process of a run. It ends with the first one. */
import { leaveSignalsToParent } from '../end-signals.ts';
import { openEngine } from '../engines/choose.ts';
import { KINDS } from '../training/kinds.ts';
import { PeerDone } from '../training/run/peers.ts';
import { OneOfPeers, type PeerOrder, type ToPeer } from './peer-processes.ts';
import { followTraining } from './training-run.ts';

leaveSignalsToParent();
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
process.once('message', (message: ToPeer) => {
  if (message.type === 'start') void follow(message.order);
});

async function follow(order: PeerOrder): Promise<void> {
  const peers = new OneOfPeers(order);
  const { choice, threads } = order.opened;
  try {
    await followTraining(order.name, peers, {
      dataDir: order.dataDir,
      checkpointsDir: order.checkpointsDir,
      engine: await openEngine(choice, threads),
      signal: new AbortController().signal,
      output: { write: () => true },
      kinds: KINDS,
    });
  } catch (error) {
    // Until the first process ends this one.
    if (error instanceof PeerDone) return;
    console.error(error);
    process.exit(1);
  }
}

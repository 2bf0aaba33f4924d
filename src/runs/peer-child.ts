/** `peer-child.ts`, forked by peer-processes.ts: a further process of a run. It ends with the first one. */
import { leaveSignalsToParent } from '../end-signals.ts';
import { endWithParent } from '../end-with-parent.ts';
import { openEngine } from '../engines/choose.ts';
import { KINDS } from '../training/kinds.ts';
import { PeerDone } from '../training/run/peers.ts';
import { OneOfPeers, type PeerOrder, type ToPeer } from './peer-processes.ts';
import { followTraining } from './training-run.ts';

leaveSignalsToParent();
process.once('message', (message: ToPeer) => {
  if (message.type !== 'start') return;
  endWithParent(message.order.parent, message.order.folder);
  void follow(message.order);
});

async function follow(order: PeerOrder): Promise<void> {
  const peers = new OneOfPeers(order);
  const { choice, threads } = order.opened;
  try {
    await followTraining(order.run, peers, {
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

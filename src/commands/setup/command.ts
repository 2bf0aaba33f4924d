import { PACKAGE_TENSORFLOW } from '../../setup/engine-package.ts';
import { defineCommand } from '../define-command.ts';
import { switchFlag, textOrBare } from '../flag.ts';

export const setup = defineCommand({
  name: 'setup',
  usage: {
    'npm run setup:tensorflow -- [options]': 'the TensorFlow engine on the CPU',
    'npm run setup:cuda -- [options]': 'the TensorFlow engine on an NVIDIA GPU',
  },
  about: `Optional: the default engine needs neither. Installs tfjs-node (-gpu) into ENGINES_DIR (./engines), which npm ci
leaves alone, and computes something with it. Doing it again checks what is there.`,
  flags: {
    'from-wheel': textOrBare(
      'take TensorFlow from its Python wheel and build the binding against it, at once; the path is the wheel or a ' +
        'folder of wheels, left out it is what pip finds. Recommended: TensorFlow and CUDA of today, Node 22 and ' +
        `newer. Without it the package's own download is tried first (TensorFlow ${PACKAGE_TENSORFLOW}, CUDA 11)`,
      { value: 'path' },
    ),
    force: switchFlag('install again'),
  },
  settings: ['engines-dir'],
  words: true,
});

/** All lowerings; importing this registers them on the trace backend. */
import * as tf from '@tensorflow/tfjs-core';
import { registerUnsupported } from '../trace.ts';
import './elementwise.ts';
import './shape.ts';
import './reduce.ts';
import './gather.ts';
import './matmul.ts';
import './normalization.ts';
import './convolution.ts';
import './resize.ts';

/** tfjs exports each kernel's name as a constant of the same name, give or take case and underscore. */
registerUnsupported(
  Object.entries(tf).flatMap(([key, value]) =>
    typeof value === 'string' && key.replace(/^_/, '').toLowerCase() === value.toLowerCase() ? [value] : [],
  ),
);

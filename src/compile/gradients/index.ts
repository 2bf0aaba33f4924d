/**
 * Gradients of the kernels that the models use.
 *
 * tfjs-core's Node bundle registers none, and several of the ones it has elsewhere are wrong or incomplete
 * (broadcasts are not reduced, resizing ignores half-pixel centres), so these are our own. Each is checked
 * against finite differences in test/compile/gradients.test.ts.
 */
import './elementwise.ts';
import './shape.ts';
import './layers.ts';

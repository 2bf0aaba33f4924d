/**
 * onnxruntime-node's library reports its use to its makers (it writes a device id to ~/.cache/Microsoft and
 * uploads events). It reads this variable when it is loaded, so this module is imported before it. Whoever wants
 * the reports sets ORT_DISABLE_TELEMETRY=0.
 */
process.env.ORT_DISABLE_TELEMETRY ??= '1';

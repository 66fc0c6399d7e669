// The student itself: raw inputs in, logits or numbers out, by ONNX Runtime on the CPU (WASM) or the graphics card (WebGPU).

const TYPES = { uint8: Uint8Array, float32: Float32Array, int64: BigInt64Array };
const here = new URL("./", import.meta.url).href;

export async function openNetwork({ onGraphicsCard = false } = {}) {
  const ort = await import(onGraphicsCard ? "./ort.webgpu.min.mjs" : "./ort.wasm.min.mjs");
  ort.env.wasm.wasmPaths = here;
  ort.env.wasm.numThreads = self.crossOriginIsolated ? Math.min(4, navigator.hardwareConcurrency || 1) : 1;
  const provider = onGraphicsCard ? "webgpu" : "wasm";
  const session = await ort.InferenceSession.create(`${here}model.onnx`, { executionProviders: [provider] });
  const output = session.outputNames[0];

  // `fed` has {type, dims, data} by the names of the graph's inputs; returns {dims, data} of its answers.
  async function ask(fed) {
    const given = {};
    for (const [name, { type, dims, data }] of Object.entries(fed)) {
      given[name] = new ort.Tensor(type, data instanceof TYPES[type] ? data : new TYPES[type](data), dims);
    }
    const answer = (await session.run(given, [output]))[output];
    const data = answer.getData ? await answer.getData() : answer.data;
    return { dims: [...answer.dims], data: Float32Array.from(data, Number) };
  }
  return { ask };
}

// Turns the logits of one input into probabilities: of classes that exclude each other, or of each label for itself.
export function probabilities(logits, task) {
  if (task === "multi_label") return Array.from(logits, (value) => 1 / (1 + Math.exp(-value)));
  const highest = Math.max(...logits);
  const powers = Array.from(logits, (value) => Math.exp(value - highest));
  const sum = powers.reduce((total, value) => total + value, 0);
  return powers.map((value) => value / sum);
}

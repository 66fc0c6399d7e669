// Sound as the student takes it: one channel at its rate, cut or filled with silence; the browser decodes and resamples.

export async function clipOf(file, { rate, samples }) {
  const context = new OfflineAudioContext(1, 1, rate);
  const sound = await context.decodeAudioData(await file.arrayBuffer());
  const clip = new Float32Array(samples);
  for (let channel = 0; channel < sound.numberOfChannels; channel++) {
    const values = sound.getChannelData(channel);
    for (let at = 0; at < Math.min(samples, values.length); at++) clip[at] += values[at] / sound.numberOfChannels;
  }
  for (let at = 0; at < samples; at++) clip[at] = Math.min(1, Math.max(-1, clip[at]));
  return { audio: { type: "float32", dims: [1, samples], data: clip } };
}

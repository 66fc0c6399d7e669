// Pictures as the student takes them: decoded by the browser, made grey and resized as Pillow does it.

const PRECISION = 1 << 22; // of Pillow's weights for whole numbers

export async function pixelsOf(source, [channels, height, width]) {
  const picture = await createImageBitmap(source, { colorSpaceConversion: "none", premultiplyAlpha: "none" });
  const canvas = new OffscreenCanvas(picture.width, picture.height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(picture, 0, 0);
  const { data } = context.getImageData(0, 0, picture.width, picture.height);
  return fitted(planes(data, channels), picture.width, picture.height, width, height);
}

// Returns the tensor of one picture for `planes` (an array of each channel's bytes) of any size.
export function fitted(planes, wide, high, width, height) {
  const data = new Uint8Array(planes.length * height * width);
  planes.forEach((plane, at) => {
    const narrow = wide === width ? plane : across(plane, wide, high, width);
    const done = high === height ? narrow : transposed(across(transposed(narrow, width, high), high, width, height), height, width);
    data.set(done, at * height * width);
  });
  return { type: "uint8", dims: [1, planes.length, height, width], data };
}

export function planes(rgba, channels) {
  const count = rgba.length / 4;
  if (channels === 1) {
    const grey = new Uint8Array(count);
    for (let at = 0; at < count; at++) {
      grey[at] = (rgba[4 * at] * 19595 + rgba[4 * at + 1] * 38470 + rgba[4 * at + 2] * 7471 + 0x8000) >> 16;
    }
    return [grey];
  }
  return [0, 1, 2].map((channel) => Uint8Array.from({ length: count }, (_, at) => rgba[4 * at + channel]));
}

// Resizes each line with a triangle as wide as the step (bilinear, and smoothed where it becomes smaller).
function across(plane, wide, high, width) {
  const scale = wide / width, spread = Math.max(scale, 1);
  const made = new Uint8Array(width * high);
  for (let x = 0; x < width; x++) {
    const middle = (x + 0.5) * scale;
    const from = Math.max(0, Math.trunc(middle - spread + 0.5));
    const to = Math.min(wide, Math.trunc(middle + spread + 0.5));
    const shares = [];
    for (let at = from; at < to; at++) shares.push(Math.max(0, 1 - Math.abs((at - middle + 0.5) / spread)));
    const sum = shares.reduce((total, share) => total + share, 0);
    const weights = shares.map((share) => Math.trunc(0.5 + (share / sum) * PRECISION));
    for (let y = 0; y < high; y++) {
      let total = PRECISION / 2;
      for (let at = from; at < to; at++) total += plane[y * wide + at] * weights[at - from];
      made[y * width + x] = Math.min(255, Math.max(0, Math.floor(total / PRECISION)));
    }
  }
  return made;
}

function transposed(plane, wide, high) {
  const turned = new Uint8Array(plane.length);
  for (let y = 0; y < high; y++) for (let x = 0; x < wide; x++) turned[x * high + y] = plane[y * wide + x];
  return turned;
}

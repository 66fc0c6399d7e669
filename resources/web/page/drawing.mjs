// A canvas to draw on with pointer, pen or finger; `changed` is called after each stroke.

const SIDE = 280;

export function drawing(changed) {
  const canvas = Object.assign(document.createElement("canvas"), { width: SIDE, height: SIDE, className: "drawing" });
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", "Draw here");
  const context = canvas.getContext("2d", { willReadFrequently: true });
  let isLight = false; // dark strokes on a light ground

  const clear = () => {
    context.fillStyle = isLight ? "white" : "black";
    context.fillRect(0, 0, SIDE, SIDE);
  };
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return [((event.clientX - box.left) / box.width) * SIDE, ((event.clientY - box.top) / box.height) * SIDE];
  };
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    Object.assign(context, { lineWidth: SIDE / 13, lineCap: "round", lineJoin: "round", strokeStyle: isLight ? "black" : "white" });
    context.beginPath();
    context.moveTo(...place(event));
    context.lineTo(...place(event));
    context.stroke();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!canvas.hasPointerCapture(event.pointerId)) return;
    context.lineTo(...place(event));
    context.stroke();
  });
  canvas.addEventListener("pointerup", () => changed(canvas));
  const turn = (light) => {
    isLight = light;
    clear();
  };
  clear();
  return { canvas, clear, turn };
}

// The same picture twice: drawn by a bare loop, and as commands for web/paint.js. Circles, lines and labels, a third each.
// Both functions are sent to the page as text: they use nothing from outside.

/** Draws `items` items on a 2D context, as a page without any design would. */
export function bare(context, items) {
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.fillStyle = "#ffffff";
  context.fillRect(0, 0, 1200, 720);
  context.fillStyle = "#3a6ea5";
  context.strokeStyle = "#222222";
  context.lineWidth = 1;
  context.font = "12px sans-serif";
  context.textAlign = "left";
  for (let item = 0; item < items; item += 1) {
    const [x, y] = [(item * 37) % 1200, (item * 91) % 720];
    if (item % 3 === 0) {
      context.beginPath();
      context.arc(x, y, 6, 0, 2 * Math.PI);
      context.fill();
    } else if (item % 3 === 1) {
      context.beginPath();
      context.moveTo(x, y);
      context.lineTo(x + 40, y + 25);
      context.stroke();
    } else {
      context.fillText(`term ${item % 7}`, x, y);
    }
  }
}

/** The same as commands, texts, fonts and colours. */
export function commands(items) {
  const list = [0, 0, 8, 0, 0, 1200, 720, 0, 1, 0, 1, 1, 2, 2, 1, 5, 0, 6, 0];
  for (let item = 0; item < items; item += 1) {
    const [x, y] = [(item * 37) % 1200, (item * 91) % 720];
    if (item % 3 === 0) list.push(7, x, y, 6, 1);
    else if (item % 3 === 1) list.push(10, 4, x, y, x + 40, y + 25);
    else list.push(12, x, y, item % 7, 1);
  }
  const texts = Array.from({ length: 7 }, (_, nth) => `term ${nth}`);
  return [new Float32Array(list), texts, ["12px sans-serif"], ["#ffffff", "#3a6ea5", "#222222"]];
}

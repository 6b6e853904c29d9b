// Puts pictures together to an animation: an animated PNG (PNG, third edition, chunks acTL, fcTL and fdAT).
//
// Each picture becomes a layer of what differs from the one before it, which the browser compresses. No clock is read: how long a
// picture is seen comes with it. It knows nothing of what the pictures show. Brought when an animation is made, by web/paint.js,
// and never before.

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
// The strip beneath the stage with the sentence, in CSS pixels, and its type.
const STRIP = 72;
const TYPE = 19;
const LINE = 26;
const MARGIN = 20;
// The places of the colours in the painter's table.
const [PAPER, INK, SOFT, RULE] = [0, 1, 2, 3];
// How long a picture can be seen: sixteen bits of milliseconds.
const MS_MAX = 65535;
// A picture is laid over the one before it, not put in its place.
const OVER = 1;
// Eight bits each of red, green and blue; and which colour of them is none.
const RGB = 2;
const CLEAR = [1, 2, 3];
const READ_OFTEN = { alpha: false, willReadFrequently: true };

let film;

/** Begins an animation; another one that was under way is forgotten. */
export function begin() {
  film = { stage: document.createElement("canvas"), picture: document.createElement("canvas"), frames: [] };
}

export function drop() {
  film = undefined;
}

/** Whether one is being made. */
export function isOn() {
  return film !== undefined;
}

/** Draws a picture, as `synodPaint` takes it, with the sentence and the time beneath it, and keeps it for `ms` milliseconds. */
export async function draw(width, height, ratio, commands, texts, fonts, colours, sentence, clock, ms) {
  const mine = film;
  const { stage, picture } = mine;
  window.synodPaint(stage, width, height, ratio, commands, texts, fonts, colours);
  const [w, h] = [stage.width, stage.height + Math.round(STRIP * ratio)];
  if (picture.width !== w) picture.width = w;
  if (picture.height !== h) picture.height = h;
  const context = picture.getContext("2d", READ_OFTEN);
  if (!context) throw new Error("no canvas");
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.fillStyle = colours[PAPER];
  context.fillRect(0, 0, w, h);
  context.drawImage(stage, 0, 0);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  strip(context, width, height, colours, sentence, clock);
  await keep(mine, context.getImageData(0, 0, w, h), ms);
  // Nobody waits any more for the pictures of one that was given up.
  if (film !== mine) await new Promise(() => {});
}

/** The sentence in at most two lines, and the time to the right. */
function strip(context, width, top, colours, sentence, clock) {
  const family = getComputedStyle(document.body).fontFamily;
  context.fillStyle = colours[RULE];
  context.fillRect(0, top, width, 1);
  context.textBaseline = "alphabetic";
  context.font = `400 ${TYPE - 4}px ${family}`;
  context.fillStyle = colours[SOFT];
  context.textAlign = "right";
  context.fillText(clock, width - MARGIN, top + LINE + 4);
  const room = width - 2 * MARGIN - Math.max(90, context.measureText(clock).width + MARGIN);
  context.font = `400 ${TYPE}px ${family}`;
  context.fillStyle = colours[INK];
  context.textAlign = "left";
  lines(context, sentence, room).forEach((line, place) => context.fillText(line, MARGIN, top + LINE + 4 + place * LINE));
}

/** The sentence in two lines, broken between words, or anywhere where there are none; what has no room ends in an ellipsis. */
function lines(context, sentence, room) {
  const fits = (text) => context.measureText(text).width <= room;
  const words = sentence.match(/[^\s\u2e80-\uffef]+\s*|[\u2e80-\uffef]\s*/g) ?? [];
  const all = [""];
  for (const word of words) {
    const longer = all[all.length - 1] + word;
    if (fits(longer.trimEnd()) || all[all.length - 1] === "") all[all.length - 1] = longer;
    else all.push(word);
  }
  if (all.length <= 2) return all;
  let second = all[1];
  while (second && !fits(`${second.trimEnd()}…`)) second = second.slice(0, -1);
  return [all[0], `${second.trimEnd()}…`];
}

/** Keeps what differs from the picture before. */
async function keep(mine, image, ms) {
  const last = mine.frames[mine.frames.length - 1];
  const pixels = new Uint32Array(image.data.buffer);
  const { before } = mine;
  const area = before ? differs(before, pixels, image.width, image.height) : { x: 0, y: 0, w: image.width, h: image.height };
  mine.before = pixels;
  if (!area && last.ms + ms <= MS_MAX) {
    last.ms += ms;
    return;
  }
  const { x, y, w, h } = area ?? { x: 0, y: 0, w: 1, h: 1 };
  // Rows of red, green and blue behind their filter, which is none: what is as it was is one colour, and costs next to nothing.
  const raw = new Uint8Array(h * (1 + 3 * w));
  let to = 0;
  for (let row = 0; row < h; row += 1) {
    raw[to++] = 0;
    for (let at = (y + row) * image.width + x, column = 0; column < w; column += 1, at += 1) {
      const same = before && before[at] === pixels[at];
      for (let part = 0; part < 3; part += 1) raw[to++] = same ? CLEAR[part] : image.data[4 * at + part];
      // A pixel that happens to have the colour of clearness is a shade bluer.
      if (!same && raw[to - 1] === CLEAR[2] && raw[to - 2] === CLEAR[1] && raw[to - 3] === CLEAR[0]) raw[to - 1] += 1;
    }
  }
  const packed = new Blob([raw]).stream().pipeThrough(new CompressionStream("deflate"));
  const data = new Uint8Array(await new Response(packed).arrayBuffer());
  mine.frames.push({ x, y, w, h, ms: Math.min(ms, MS_MAX), data });
}

/** The least rectangle that holds all pixels that differ; nothing if none does. */
function differs(before, after, width, height) {
  let [top, bottom] = [0, after.length - 1];
  while (top <= bottom && before[top] === after[top]) top += 1;
  if (top > bottom) return undefined;
  while (before[bottom] === after[bottom]) bottom -= 1;
  const [first, last] = [Math.floor(top / width), Math.floor(bottom / width)];
  let [left, right] = [width, -1];
  for (let row = first; row <= last; row += 1) {
    const start = row * width;
    for (let column = 0; column < left; column += 1) if (before[start + column] !== after[start + column]) left = column;
    for (let column = width - 1; column > right; column -= 1) if (before[start + column] !== after[start + column]) right = column;
  }
  return { x: left, y: first, w: right - left + 1, h: last - first + 1 };
}

/** Puts the pictures together, offers them as a file, and answers with how many bytes it has. */
export async function finish(name) {
  const { picture, frames } = film;
  const header = new Uint8Array(13);
  const size = new DataView(header.buffer);
  size.setUint32(0, picture.width);
  size.setUint32(4, picture.height);
  header.set([8, RGB], 8);
  const count = new Uint8Array(8);
  // Played again and again: 0.
  new DataView(count.buffer).setUint32(0, frames.length);
  const clear = CLEAR.flatMap((part) => [0, part]);
  const all = [Uint8Array.from(SIGNATURE), chunk("IHDR", [header]), chunk("acTL", [count]), chunk("tRNS", [clear])];
  let number = 0;
  frames.forEach((frame, place) => {
    all.push(chunk("fcTL", [control(number++, frame)]));
    all.push(place ? chunk("fdAT", [numbered(number++), frame.data]) : chunk("IDAT", [frame.data]));
  });
  all.push(chunk("IEND", []));
  film = undefined;
  const blob = new Blob(all, { type: "image/png" });
  window.synodSave(name, blob);
  return blob.size;
}

/** Where a picture lies, and how long it is seen; it stays, and the next is laid over it. */
function control(number, { x, y, w, h, ms }) {
  const bytes = new Uint8Array(26);
  const view = new DataView(bytes.buffer);
  [number, w, h, x, y].forEach((value, place) => view.setUint32(4 * place, value));
  view.setUint16(20, ms);
  view.setUint16(22, 1000);
  bytes[25] = OVER;
  return bytes;
}

function numbered(number) {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, number);
  return bytes;
}

function chunk(type, data) {
  const length = data.reduce((sum, part) => sum + part.length, 0);
  const bytes = new Uint8Array(12 + length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, length);
  for (let place = 0; place < 4; place += 1) bytes[4 + place] = type.charCodeAt(place);
  let at = 8;
  for (const part of data) {
    bytes.set(part, at);
    at += part.length;
  }
  view.setUint32(at, crc(bytes.subarray(4, at)));
  return bytes;
}

let table;

/** The check of a chunk (PNG, annex D). */
function crc(bytes) {
  table ??= Uint32Array.from({ length: 256 }, (_, n) => {
    let c = n;
    for (let bit = 0; bit < 8; bit += 1) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
    return c;
  });
  let c = 0xffffffff;
  for (const byte of bytes) c = table[(c ^ byte) & 0xff] ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
}

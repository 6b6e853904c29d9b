// A picture that was printed as SVG, as commands for web/paint.js: what the page's own painter would have written of the scene.

/** Runs in the page: reads the SVG of a scene and answers with what `synodPaint` takes. */
export function commandsOf(text) {
  const root = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
  const [list, texts, fonts, colours] = [[], [], [], []];
  const number = (element, name) => Number(element.getAttribute(name) ?? 0);
  const place = (all, value) => (all.includes(value) ? all.indexOf(value) : all.push(value) - 1);
  let items = 0;
  // Sets the paint and answers what is to be done: 1 fill, 2 stroke, 3 both.
  const set = (element) => {
    items += 1;
    const [fill, stroke] = ["fill", "stroke"].map((name) => element.getAttribute(name) ?? "none");
    const dash = (element.getAttribute("stroke-dasharray") ?? "0 0").split(" ").map(Number);
    list.push(4, Number(element.getAttribute("opacity") ?? 1));
    if (fill !== "none") list.push(0, place(colours, fill));
    if (stroke !== "none") list.push(1, place(colours, stroke), 2, number(element, "stroke-width"), 3, ...dash);
    return (fill === "none" ? 0 : 1) + (stroke === "none" ? 0 : 2);
  };
  for (const element of root.querySelectorAll("circle, rect, path, text")) {
    const how = set(element);
    const [x, y] = [number(element, "x"), number(element, "y")];
    if (element.localName === "circle") {
      list.push(7, number(element, "cx"), number(element, "cy"), number(element, "r"), how);
    } else if (element.localName === "rect") {
      list.push(8, x, y, number(element, "width"), number(element, "height"), number(element, "rx"), how);
    } else if (element.localName === "path") {
      const d = element.getAttribute("d");
      const points = d.match(/-?[\d.]+/g).map(Number);
      if (d.lastIndexOf("M") > 0) list.push(10, points.length, ...points);
      else list.push(9, how, d.endsWith("Z") ? 1 : 0, points.length >> 1, ...points.slice(0, (points.length >> 1) * 2));
    } else {
      const size = number(element, "font-size");
      const weight = element.getAttribute("class") === "s" ? 600 : 400;
      const align = ["start", "middle", "end"].indexOf(element.getAttribute("text-anchor") ?? "start");
      list.push(5, place(fonts, `${weight} ${size}px sans-serif`), 6, align);
      list.push(12, x, y, place(texts, element.textContent), how);
    }
  }
  return { list: new Float32Array(list), texts, fonts, colours, items };
}

// Draws a tree of calls on a canvas: only what is wide enough to be seen is drawn, so that a hundred thousand nodes stay quick.
// data: { names, modules, reasons, unit, total, difference, nodes: { parent, name, module, kind, reason, samples, self, total[, before] } }; a node stands after its parent.
// Kinds: 0 process, 1 user, 2 kernel, 3 run-time code, 4 unmapped, 5 inlined.
function flameGraph(root, data) {
  "use strict";
  const n = data.nodes, count = n.parent.length, ROW = 19, LEAST = 0.4;
  const hues = [[210, 8], [205, 62], [32, 82], [158, 46], [0, 0], [262, 48]];
  const canvas = root.querySelector("canvas"), context = canvas.getContext("2d");
  const tip = root.querySelector(".tip"), search = root.querySelector("input"), found = root.querySelector(".found");
  const [back, reset, turn, order, side] = root.querySelectorAll("button");
  const state = { zoom: -1, history: [], inverted: false, byName: false, before: false, matcher: null, hover: -1 };

  const depth = new Uint16Array(count), children = Array.from({ length: count }, () => []), tops = [];
  let deepest = 0;
  for (let i = 0; i < count; i++) {
    const parent = n.parent[i];
    depth[i] = parent < 0 ? 0 : depth[parent] + 1;
    deepest = Math.max(deepest, depth[i]);
    (parent < 0 ? tops : children[parent]).push(i);
  }

  const weights = () => (state.before ? n.before : n.total);
  const totalOf = () => tops.reduce((sum, i) => sum + weights()[i], 0) || 1;
  const nameOf = (i) => data.names[n.name[i]];
  const x = new Float64Array(count), width = new Float64Array(count);

  // Places are parts of the whole, from 0 to 1; a zoom only changes which part is shown.
  function place() {
    const w = weights(), whole = totalOf();
    const sorted = (list) => list.sort(state.byName ? (a, b) => nameOf(a).localeCompare(nameOf(b)) : (a, b) => w[b] - w[a] || a - b);
    const put = (list, from) => {
      for (const i of sorted(list)) {
        x[i] = from;
        width[i] = w[i] / whole;
        from += width[i];
      }
    };
    put(tops, 0);
    for (let i = 0; i < count; i++) put(children[i], x[i]);
  }

  function colorOf(i) {
    if (data.difference) {
      const change = n.total[i] / data.total - n.before[i] / data.totalBefore;
      const strength = Math.min(1, Math.sqrt(Math.abs(change)) * 2.2);
      return change === 0 ? "#eceff2" : `hsl(${change > 0 ? 14 : 206}, 78%, ${94 - 40 * strength}%)`;
    }
    const [hue, saturation] = hues[n.kind[i]];
    let hash = 0;
    const text = data.modules[n.module[i]];
    for (let c = 0; c < text.length; c++) hash = (hash * 31 + text.charCodeAt(c)) | 0;
    const shift = Math.abs(hash) % 5, unnamed = n.reason[i] !== 0;
    return `hsl(${hue + shift * 3 - 6}, ${unnamed ? saturation * 0.45 : saturation}%, ${(unnamed ? 84 : 74) + shift * 2}%)`;
  }

  const isMatch = (i) => state.matcher && (state.matcher.test(nameOf(i)) || state.matcher.test(data.modules[n.module[i]]));

  function view() {
    return state.zoom < 0 ? [0, 1] : [x[state.zoom], width[state.zoom] || 1e-12];
  }

  const rowOf = (i) => (state.inverted ? deepest - depth[i] : depth[i]) * ROW;

  function draw() {
    const scale = window.devicePixelRatio || 1, wide = canvas.clientWidth, high = (deepest + 1) * ROW;
    canvas.style.height = high + "px";
    if (canvas.width !== Math.round(wide * scale) || canvas.height !== Math.round(high * scale)) {
      canvas.width = Math.round(wide * scale);
      canvas.height = Math.round(high * scale);
    }
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, wide, high);
    context.font = '12px system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif';
    context.textBaseline = "middle";
    const [from, part] = view();
    const paint = (list) => {
      for (const i of list) {
        const left = ((x[i] - from) / part) * wide, across = (width[i] / part) * wide;
        if (across < LEAST || left > wide || left + across < 0) continue;
        paintNode(i, Math.max(0, left), Math.min(wide, left + across), wide);
        paint(children[i]);
      }
    };
    paint(tops);
  }

  function paintNode(i, left, right, wide) {
    const top = rowOf(i), across = right - left, match = isMatch(i);
    context.globalAlpha = state.matcher && !match ? 0.35 : 1;
    context.fillStyle = match ? "#cc79a7" : colorOf(i);
    context.fillRect(left, top, Math.max(across - 0.5, LEAST), ROW - 1);
    context.globalAlpha = 1;
    if (i === state.hover) {
      context.strokeStyle = "#1f2328";
      context.strokeRect(left + 0.5, top + 0.5, Math.max(across - 1.5, 1), ROW - 2);
    }
    if (across > 22) {
      context.fillStyle = n.reason[i] !== 0 && !match ? "#4b525b" : "#1f2328";
      context.fillText(fit(nameOf(i), across - 7), left + 4, top + ROW / 2);
    }
  }

  function fit(text, room) {
    if (context.measureText(text).width <= room) return text;
    let low = 0, high = text.length;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (context.measureText(text.slice(0, middle) + "…").width <= room) low = middle; else high = middle - 1;
    }
    return low < 2 ? "" : text.slice(0, low) + "…";
  }

  function at(event) {
    const box = canvas.getBoundingClientRect(), [from, part] = view();
    const where = from + ((event.clientX - box.left) / box.width) * part, row = Math.floor((event.clientY - box.top) / ROW);
    const level = state.inverted ? deepest - row : row;
    let list = tops, hit = -1;
    for (let d = 0; d <= level; d++) {
      hit = list.find((i) => where >= x[i] && where < x[i] + width[i]) ?? -1;
      if (hit < 0 || (width[hit] / part) * box.width < LEAST) return -1;
      list = children[hit];
    }
    return hit;
  }

  function human(value) {
    if (data.unit === "nanoseconds") {
      const [by, unit] = value >= 1e9 ? [1e9, "s"] : value >= 1e6 ? [1e6, "ms"] : value >= 1e3 ? [1e3, "µs"] : [1, "ns"];
      return `${+(value / by).toFixed(2)} ${unit}`;
    }
    return value.toLocaleString("en") + (data.unit === "bytes" ? " bytes" : "");
  }

  const percent = (part, whole) => `${((100 * part) / (whole || 1)).toFixed(2)} %`;
  const escape = (text) => text.replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]);

  function describe(i) {
    const kinds = ["process", "user", "kernel", "run-time code", "not mapped", "inlined into its caller"];
    const about = [kinds[n.kind[i]]];
    if (n.module[i] && n.kind[i]) about.push(escape(data.modules[n.module[i]]));
    if (n.reason[i]) about.push("no name: " + escape(data.reasons[n.reason[i]]));
    if (data.difference) {
      return `<b>${escape(nameOf(i))}</b><br><span>${about.join(" · ")}</span><br>before ${human(n.before[i])} (${percent(n.before[i], data.totalBefore)}), `
        + `after ${human(n.total[i])} (${percent(n.total[i], data.total)})`;
    }
    return `<b>${escape(nameOf(i))}</b><br><span>${about.join(" · ")}</span><br>${human(n.total[i])}, ${percent(n.total[i], data.total)} of all`
      + ` (${n.samples[i].toLocaleString("en")} samples); itself ${human(n.self[i])}, ${percent(n.self[i], data.total)}`;
  }

  function show(event) {
    const hit = at(event);
    if (hit !== state.hover) {
      state.hover = hit;
      draw();
    }
    if (hit < 0) {
      tip.style.visibility = "hidden";
      return;
    }
    tip.innerHTML = describe(hit);
    tip.style.visibility = "visible";
    tip.style.left = Math.max(4, Math.min(event.clientX + 14, window.innerWidth - tip.offsetWidth - 8)) + "px";
    const below = event.clientY + 20;
    tip.style.top = (below + tip.offsetHeight > window.innerHeight ? event.clientY - tip.offsetHeight - 10 : below) + "px";
  }

  function zoomTo(i, remember = true) {
    if (remember) state.history.push(state.zoom);
    state.zoom = i;
    back.disabled = state.history.length === 0;
    reset.disabled = i < 0;
    draw();
  }

  // A match inside another is counted once.
  function find() {
    let pattern = null;
    search.classList.remove("bad");
    if (search.value) {
      try {
        pattern = new RegExp(search.value, "i");
      } catch {
        search.classList.add("bad");
      }
    }
    state.matcher = pattern;
    if (!pattern) {
      found.textContent = "";
      draw();
      return;
    }
    const inside = new Uint8Array(count);
    let sum = 0, frames = 0;
    for (let i = 0; i < count; i++) {
      const above = n.parent[i] >= 0 && inside[n.parent[i]], match = isMatch(i);
      if (match) frames++;
      if (match && !above) sum += weights()[i];
      inside[i] = above || match ? 1 : 0;
    }
    found.textContent = `${percent(sum, totalOf())} in ${frames.toLocaleString("en")} frames`;
    draw();
  }

  canvas.addEventListener("mousemove", show);
  canvas.addEventListener("mouseleave", () => { state.hover = -1; tip.style.visibility = "hidden"; draw(); });
  canvas.addEventListener("click", (event) => { const hit = at(event); if (hit >= 0 && hit !== state.zoom) zoomTo(hit); });
  back.addEventListener("click", () => zoomTo(state.history.pop() ?? -1, false));
  reset.addEventListener("click", () => { state.history = []; zoomTo(-1, false); });
  turn.addEventListener("click", () => { state.inverted = !state.inverted; turn.textContent = state.inverted ? "Root on top" : "Root below"; draw(); });
  order.addEventListener("click", () => { state.byName = !state.byName; order.textContent = state.byName ? "By weight" : "By name"; place(); draw(); });
  side?.addEventListener("click", () => { state.before = !state.before; side.textContent = state.before ? "Widths: before" : "Widths: after"; place(); find(); draw(); });
  search.addEventListener("input", find);
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && document.activeElement !== search) {
      event.preventDefault();
      search.focus();
    } else if (event.key === "Escape") {
      search.value = "";
      search.blur();
      state.history = [];
      find();
      zoomTo(-1, false);
    } else if (event.key === "Backspace" && document.activeElement !== search && state.history.length > 0) {
      zoomTo(state.history.pop(), false);
    }
  });
  document.querySelectorAll(".top td.f").forEach((cell) => cell.addEventListener("click", () => {
    search.value = "^" + cell.textContent.replace(/[.*+?^${}()|[\]\\]/g, "\\$&") + "$";
    find();
    root.scrollIntoView({ behavior: "smooth" });
  }));
  new ResizeObserver(draw).observe(canvas.parentElement);
  place();
  draw();
  if (search.value) find();
}

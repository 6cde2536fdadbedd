/* The trace: every number down to the raw rows, and every raw row up to its numbers.
   Data come as scripts (trace/*.js), so that the page works from the file system. Data are only ever put on
   the page as text nodes, never as markup. */
"use strict";
(() => {
  const FATES = ["used", "superseded", "quarantined"];
  const REASONS = {
    nobody: "Nobody and nothing was counted: no row of the data is behind this number.",
    setting: "A setting of the analysis: it stands in the configuration, and no data are behind it.",
    unsaid: "The analysis names no records for this number.",
  };
  const FILES = { subjects: "subjects file", discontinuation: "discontinuation", subject_key: "key of subjects", adsl: "ADSL" };
  const BRIEF = ["TRT01P", "TRT01A", "INDEXDT"]; // of whole subjects, beside their raw text
  const MOST = 10; // subjects by influence that stand open
  const OPEN = 300; // records that are shown without being asked for
  const PAGE = 100; // results listed at once
  const waiting = new Map();
  const loaded = new Map();
  const study = document.title.split(" · ").slice(1).join(" · ");
  let index, touch, printed;

  // ---- data ---------------------------------------------------------------------------------------
  window.trace = {
    put(name, content) {
      waiting.get(name)?.resolve(content);
    },
  };

  function load(name) {
    if (!loaded.has(name)) {
      loaded.set(name, new Promise((resolve, reject) => {
        waiting.set(name, { resolve });
        const script = document.createElement("script");
        script.charset = "utf-8";
        script.src = `trace/${name}.js`;
        script.onerror = () => {
          loaded.delete(name);
          reject(new Error(`The data file trace/${name}.js is not beside this page.`));
        };
        document.head.append(script);
      }));
    }
    return loaded.get(name);
  }

  const shard = (kind, at) => `${kind}-${String(at).padStart(2, "0")}`;

  /** Return the last place of a rising list that is not above a value. */
  function before(list, value, of = (one) => one) {
    let low = 0, high = list.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (of(list[middle]) <= value) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** Return the numbers that a text of gaps and runs stands for. */
  function numbers(text) {
    const found = [];
    let last = -1;
    for (const part of text ? text.split(",") : []) {
      const [gap, run] = part.split("+");
      last += Number(gap);
      found.push(last);
      for (let more = Number(run || 0); more > 0; more--) found.push(++last);
    }
    return found;
  }

  async function item(kind, at) {
    const part = before(index.bounds[kind], at);
    const content = await load(shard(kind, part));
    return [content, at - index.bounds[kind][part], part];
  }

  const decoded = new Map();
  async function resultAt(at) {
    const [content, place, part] = await item("results", at);
    if (!decoded.has(part)) decoded.set(part, decode(content, index.bounds.results[part]));
    return decoded.get(part)[place];
  }

  function decode(content, start) {
    let id = "";
    return content.rows.map((row, at) => {
      const [same, rest, statistic, length, value, n, set, ...texts] = row;
      id = id.slice(0, same) + rest;
      const [method, visit, group, comparison, unit, warning, error, reason] = texts.map((one) => content.texts[one]);
      const job = jobOf(start + at);
      return {
        at: start + at, id, job, analysis: index.jobs[job][0], endpoint: index.jobs[job][1], method, visit, group,
        comparison, statistic: statistic === 0 ? id.slice(id.length - length) : statistic, value, unit, n, warning,
        error, set, reason,
      };
    });
  }

  const jobOf = (at) => index.runs[before(index.runs, at, (run) => run[0])][1];

  async function findResult(id) {
    const part = before(index.starts, id);
    if (part < 0) return null;
    await resultAt(index.bounds.results[part]);
    return decoded.get(part).find((one) => one.id === id) ?? null;
  }

  async function recordAt(at) {
    const [content, place] = await item("records", at);
    const group = groupOf(at);
    const word = (one) => content.texts[one];
    const [subject, number, cells, places] = content.rows[place];
    return { at, group, subject: word(subject), number: word(number), cells: cells.map(word),
      places: places.map(([role, column, raw, texts]) => ({ role: word(role), column: word(column), raw, texts: paired(texts.map(word)) })) };
  }

  /** Return names and texts that stand in turn as pairs. */
  const paired = (texts) => Array.from({ length: texts.length / 2 }, (_, at) => [texts[2 * at], texts[2 * at + 1]]);

  const groupOf = (at) => index.groups[before(index.groups, at, (group) => group[2])];

  async function rawAt(at) {
    const [content, place] = await item("raw", at);
    const word = (one) => content.texts[one];
    const [cells, queries, records] = content.rows[place];
    return { at, ...placeOf(at),
      cells: cells.map(([column, fate, rule, by, texts]) => ({ column: word(column), fate: word(fate), rule: word(rule),
        by: by ? { raw: by[0], column: word(by[1]) } : null, texts: paired(texts.map(word)) })),
      queries: queries.map((asked) => asked.map(word)),
      records: records.map(([one, subject, number, role]) => ({ at: one, group: groupOf(one), subject: word(subject), number: word(number), role: word(role) })) };
  }

  /** Return file, sheet and row of a raw row by its index. */
  function placeOf(at) {
    const file = index.files[before(index.files, at, (one) => one[3])];
    return { file: file[0], sheet: file[1], row: rowsOf(file)[at - file[3]], source: file[2] };
  }

  const rows = new Map();
  function rowsOf(file) {
    if (!rows.has(file)) rows.set(file, numbers(file[4]));
    return rows.get(file);
  }

  /** Return the records of a set, and from how many raw rows they came. */
  async function members(set) {
    const [content, place] = await item("members", set);
    const [list, raw] = content[place];
    return { list: numbers(list), raw };
  }

  /** Return the indices of all results that stand on one of some records, rising. */
  async function touched(records) {
    touch ??= await load("touch");
    const wanted = new Set(records);
    const found = [];
    await Promise.all(touch.map(async (results, set) => {
      if ((await members(set)).list.some((one) => wanted.has(one))) found.push(...numbers(results));
    }));
    return found.sort((a, b) => a - b);
  }

  /** Return the records that stand for one: of a whole subject, all that it has. */
  function standing(at) {
    if (groupOf(at)[0] !== "") return [at];
    const place = index.subjects.indexOf(subjectOf(at));
    return numbers(index.of_subject[place]);
  }

  // ---- addresses ----------------------------------------------------------------------------------
  const coded = (text) => encodeURIComponent(text).replace(/!/g, "%21");
  const address = {
    result: (id) => `#r=${coded(id)}`,
    raw: (place) => `#raw=${[place.file, place.sheet, place.row].map((one) => coded(String(one))).join("!")}`,
    record: (one) => `#record=${[one.group[0], one.subject, one.number].map(coded).join("!")}`,
    subject: (id) => `#subject=${coded(id)}`,
    file: (file) => `#file=${coded(file[0])}!${coded(file[1])}`,
    analysis: (id) => `#analysis=${coded(id)}`,
  };

  function parts(text) {
    const cut = text.indexOf("=");
    if (cut < 0) return ["", []];
    const name = text.slice(0, cut);
    const mark = name === "r" ? "," : "!";
    try {
      return [name, text.slice(cut + 1).split(mark).map(decodeURIComponent)];
    } catch {
      return [name, [text.slice(cut + 1)]]; // not an address of ours: shown as what was not found
    }
  }

  // ---- building blocks: elements with text, never markup -------------------------------------------
  function h(name, attributes, ...children) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes ?? {})) {
      if (key === "on") for (const [event, act] of Object.entries(value)) element.addEventListener(event, act);
      else if (value !== false && value !== undefined) element.setAttribute(key, value === true ? "" : value);
    }
    for (const child of children.flat()) if (child !== null && child !== undefined && child !== "") element.append(child);
    return element;
  }

  const link = (target, text) => h("a", { href: target }, text);
  const count = (n, one, many = `${one}s`) => `${n.toLocaleString("en")} ${n === 1 ? one : many}`;

  let regions = 0;
  function table(caption, heads, body, options = {}) {
    const id = `table-${++regions}`;
    const head = h("thead", null, h("tr", null, heads.map((text) => h("th", { scope: "col" }, text))));
    const lines = body.map((cells) => h("tr", null, cells.map((cell, at) =>
      at === (options.head ?? 0) ? h("th", { scope: "row" }, cell) : h("td", { class: at === options.raw ? "wide" : at === options.raw - 1 ? "place" : undefined }, cell))));
    return h("div", { class: "scroll", role: "region", tabindex: "0", "aria-labelledby": id },
      h("table", { class: "grid" }, h("caption", { id }, caption), heads.length ? head : null, h("tbody", null, lines)));
  }

  const pairs = (caption, list) => table(caption, [], list.filter(([, text]) => text !== "" && text !== null && text !== undefined));

  function folded(summary, build, open = false) {
    const box = h("details", { open }, h("summary", null, summary));
    const fill = async () => {
      if (box.dataset.filled) return;
      box.dataset.filled = "1";
      box.append(...[await build()].flat());
    };
    if (open) fill();
    box.addEventListener("toggle", () => { if (box.open) fill(); });
    return box;
  }

  const named = (list, code) => (code && list[code] ? `${list[code]} (${code})` : code || "");

  // ---- one or more results ------------------------------------------------------------------------
  async function showResults(ids) {
    const found = [], lost = [];
    for (const id of ids) (await findResult(id).then((one) => (one ? found.push(one) : lost.push(id))));
    const title = found.length === 1 ? describe(found[0]) : count(found.length, "result");
    const content = lost.map((id) => h("p", { class: "problem" }, "No result has the id ", h("code", null, id), "."));
    for (const one of found) content.push(numberSection(one, found.length > 1));
    const seen = new Set();
    for (const one of found) {
      const key = `${one.job} ${one.set}`;
      if (!seen.has(key)) {
        seen.add(key);
        const same = found.filter((other) => `${other.job} ${other.set}` === key);
        content.push(...(await standingSections(same)));
      }
    }
    return [lost.length && !found.length ? "Not found" : title, content];
  }

  function describe(one) {
    const who = one.group ? named(index.arms, one.group) : one.comparison;
    const place = [index.endpoints[one.endpoint] ?? "", index.visits[one.visit] ?? one.visit, who].filter(Boolean);
    return `${one.statistic}: ${place.join(", ") || "whole study"}`;
  }

  function numberSection(one, several) {
    const outputs = printed.filter((output) => output.set.has(one.at));
    const heading = several ? describe(one) : "The number";
    return h("section", null, h("h2", null, heading),
      pairs(`Row of ard.csv: ${one.id}`, [
        ["Result id", h("code", null, one.id)],
        ["Value", one.value === "" ? "none" : h("strong", null, whole(one.value))],
        ["Unit", one.unit === "1" ? "none (1)" : one.unit],
        ["Why there is no value", one.error],
        ["Warning", one.warning],
        ["Statistic", one.statistic],
        ["Endpoint", named(index.endpoints, one.endpoint === "study" ? "" : one.endpoint) || "the whole study"],
        ["Visit", named(index.visits, one.visit)],
        ["Group", named(index.arms, one.group)],
        ["Comparison", one.comparison],
        ["Method", one.method],
        ["Subjects (n)", whole(one.n)],
        ["Analysis", link(address.analysis(one.analysis), `${labelOf(one.analysis)} (${one.analysis})`)],
        ["Printed in", outputs.length ? h("ul", { class: "plain" }, outputs.map((o) => h("li", null, outputLink(o)))) : "no output"],
      ]));
  }

  /** Return a number of ard.csv, a whole one without its decimal. */
  const whole = (text) => text.replace(/^(-?\d+)\.0$/, "$1");

  const outputLink = (output) => link(`${encodeURIComponent(output.id)}.html`, `${output.number} ${output.title}`);

  async function standingSections(results) {
    const one = results[0];
    const job = await jobAt(one.job);
    const content = [h("section", null, h("h2", null, "The analysis"), await analysisBlock(one.analysis, job), fromBlock(job))];
    const ranks = await influenceSection(one, job, content);
    if (one.set < 0) {
      const why = one.reason === "error" ? `There is no value: ${one.error}` : REASONS[one.reason];
      content.push(h("section", null, h("h2", null, "Records and raw rows"), h("p", { class: "reason" }, why)));
    } else {
      content.push(recordsSection(await members(one.set), ranks));
    }
    content.push(h("section", null, h("h2", null, "Beside it"),
      folded("Other numbers of the same analysis, visit and group", () => besides(one))));
    return content;
  }

  async function jobAt(at) {
    const [content, place] = await item("jobs", at);
    return content[place];
  }

  const labelOf = (id) => index.analyses[id][0];

  async function specified(id) {
    const [content, at] = await item("analyses", Object.keys(index.analyses).indexOf(id));
    return content[at];
  }

  async function analysisBlock(id, job) {
    const analysis = await specified(id);
    return [
      pairs(`Analysis ${id}`, [
        ["Name", h("span", null, h("strong", null, labelOf(id)), analysis.primary ? " (the primary analysis)" : "")],
        ["Method", `${index.analyses[id][1]} (${analysis.method})`],
        ["Model", model(job)],
        ["Population", analysis.population],
        ["Treatment", analysis.treatment],
        ...analysis.estimand,
        ["Reads results of", analysis.sources.length ? listOf(analysis.sources.map((one) => link(address.analysis(one), one))) : ""],
      ]),
      folded("Specification as configured", () => pairs(`Settings of ${id}`, analysis.settings)),
      job.record.length ? folded("What was done, as recorded", () => pairs(`Record of ${id}`, job.record)) : null,
    ];
  }

  /** Return the sentence of the model as it was fitted, where the analysis leaves one. */
  function model(job) {
    const text = Object.fromEntries(job.record);
    return [text.footnote, text["fit.formula"] ? `Formula: ${text["fit.formula"]}` : ""].filter(Boolean).join(" ");
  }

  const listOf = (links) => links.flatMap((one, at) => (at ? [", ", one] : [one]));

  function fromBlock(job) {
    if (!job.from) return null;
    return h("div", null, h("p", null, "Computed from ", count(job.from.length, "result"), "; the records below are those behind them."),
      h("ul", { class: "plain" }, job.from.map((id) => h("li", null, link(address.result(id), id)))));
  }

  /** Add the subjects by influence; return the rank of each where they are known. */
  async function influenceSection(one, job, content) {
    const analysis = await specified(one.analysis);
    const own = job.changes;
    const other = analysis.influence && index.jobs.findIndex(([id, place]) => id === analysis.influence && place === one.endpoint);
    const changes = own ?? (other >= 0 && analysis.influence ? (await jobAt(other)).changes : null);
    if (!changes) {
      if (analysis.modelled && one.set >= 0) content.push(h("section", null, h("h2", null, "Influence"), await noInfluence()));
      return null;
    }
    const name = Object.keys(changes[one.visit] ?? {}).includes(one.comparison) ? one.comparison : null;
    if (!name) {
      const known = Object.entries(changes).flatMap(([visit, of]) => Object.keys(of).map((pair) => [visit, pair]));
      content.push(h("section", null, h("h2", null, "Influence"), h("p", null,
        "The influence of single subjects is known for differences between arms, not for this number. Rows below stand in order of subject. Known are: ",
        listOf(known.map(([visit, pair]) => `${pair} at ${index.visits[visit] ?? visit}`)), ".")));
      return null;
    }
    const list = changes[one.visit][name];
    const lines = list.map(([subject, change], at) => [String(at + 1), link(address.subject(subject), subject), change === null ? "no fit without this subject" : String(change)]);
    const influence = (part, words) => table(words, ["Rank", "Subject", "Change without it"], part, { head: 1 });
    content.push(h("section", null, h("h2", null, "Subjects by influence"),
      h("p", null, `Each subject left out in turn and the model fitted again: how far ${name} at ${index.visits[one.visit] ?? one.visit} moves (on the model's scale).`),
      influence(lines.slice(0, MOST), `Largest moves of ${count(list.length, "subject")}`),
      lines.length > MOST ? folded(`The other ${lines.length - MOST}`, () => influence(lines.slice(MOST), "Smaller moves")) : null));
    return new Map(list.map(([subject], at) => [subject, at + 1]));
  }

  async function noInfluence() {
    const known = [];
    for (const id of Object.keys(index.analyses)) if ((await specified(id)).influence) known.push(id);
    if (!known.length) return h("p", null, "The influence of single subjects was not computed in this study. Rows below stand in order of subject.");
    return h("p", null, "The influence of single subjects was computed for ",
      listOf(known.map((id) => link(address.analysis(id), labelOf(id)))),
      " only. Rows below stand in order of subject.");
  }

  /** Return the section of the records of a set; many of them are read when they are opened. */
  function recordsSection({ list, raw }, ranks) {
    const groups = new Map();
    for (const at of list) {
      const key = groupOf(at)[0];
      if (!groups.has(key)) groups.set(key, []);
      groups.get(key).push(at);
    }
    const whole = groups.get("") ?? [];
    groups.delete("");
    const subjects = [...new Set(list.map(subjectOf))];
    const counted = [...groups.values()].map((part) => `${count(part.length, "record")} of ${groupName(groupOf(part[0]))}`);
    const from = raw ? `from ${count(raw, "raw row")}` : "made of no raw row: what was not recorded decided, as each record says";
    const words = groups.size
      ? `${counted.join("; ")}: of ${count(subjects.length, "subject")}, ${from}.`
      : `${count(whole.length, "whole subject")} counted, by ${count(raw, "raw row")} about them.`;
    return h("section", { id: "records" }, h("h2", null, "Records and raw rows"),
      h("p", { id: "behind" }, words),
      [...groups.values()].map((part) => recordsFold(part, ranks, list.length <= OPEN)),
      whole.length ? recordsFold(whole, null, !groups.size) : subjectsFold(subjects));
  }

  let subjectList;
  /** Return the subject of a record without reading the record. */
  function subjectOf(at) {
    if (!subjectList) {
      subjectList = [];
      index.of_subject.forEach((text, place) => { for (const one of numbers(text)) subjectList[one] = index.subjects[place]; });
    }
    return subjectList[at];
  }

  const recordsFold = (list, ranks, open) => folded(`${groupName(groupOf(list[0]))}: ${count(list.length, "record")}`,
    async () => recordsTable(await Promise.all(list.map(recordAt)), ranks), open);

  const subjectsFold = (subjects) => folded(`Subjects: population, treatment and covariates come from ADSL (${count(subjects.length, "subject")})`,
    () => h("ul", { class: "plain rows" }, subjects.map((id) => h("li", null, link(`#record=!${coded(id)}!`, id)))));

  function groupName([code, dataset]) {
    if (code === "") return "Subjects (ADSL)";
    if (code === "labs") return "Standardised results (labs.csv)";
    if (code === dataset) return `${dataset}.csv`;
    return `${index.endpoints[code] ?? code} (${code}), ${dataset}.csv`;
  }

  function recordsTable(records, ranks) {
    const [code, dataset] = records[0].group;
    const columns = index.columns[dataset];
    const used = columns.map((_, at) => at).filter((at) => records.some((record) => record.cells[at] !== ""));
    if (ranks) records.sort((a, b) => (ranks.get(a.subject) ?? Infinity) - (ranks.get(b.subject) ?? Infinity));
    // What stands in the raw text already is not said twice.
    const names = new Set(code === dataset || code === "" ? records.flatMap((record) => record.places.flatMap((place) => place.texts.map(([name]) => name))) : []);
    const shown = used.filter((at) => !names.has(columns[at]) && (code !== "" || BRIEF.includes(columns[at])));
    const heads = [...(ranks ? ["Influence rank"] : []), "Subject", "No.", "Raw file, sheet, row, column", "Raw text", ...shown.map((at) => columns[at])];
    const body = records.map((record) => [
      ...(ranks ? [String(ranks.get(record.subject) ?? "–")] : []),
      link(address.subject(record.subject), record.subject),
      code === "" ? link(address.record(record), "record") : link(address.record(record), record.number),
      placesCell(record), textsCell(record), ...shown.map((at) => dated(record.cells[at])),
    ]);
    return table(groupName(records[0].group), heads, body, { head: ranks ? 1 : 0, raw: ranks ? 4 : 3 });
  }

  /** Return a text; a date does not break. */
  const dated = (text) => (/^\d{4}-\d{2}-\d{2}/.test(text) ? h("span", { class: "date" }, text) : text);

  function placeText(at, column, role) {
    const place = placeOf(at);
    const words = [place.file, place.sheet, `row ${place.row}`, column].filter(Boolean).join(", ");
    return h("span", null, link(address.raw(place), words), role ? ` ${FILES[role] ? `(${FILES[role]})` : `(${role})`}` : "");
  }

  const stacked = (list) => (list.length > 1 ? h("ul", { class: "plain" }, list.map((one) => h("li", null, one))) : list);

  function placesCell(record) {
    if (!record.places.length) return "none";
    return stacked(record.places.map(({ role, raw, column }) => placeText(raw, column, record.places.length > 1 || FILES[role] ? role : "")));
  }

  function textsCell(record) {
    return stacked(record.places.map(({ texts }) => texts.length
      ? h("span", { class: "raw" }, texts.flatMap(([name, text], at) => [at ? "; " : "", h("span", { class: "quiet" }, `${name}: `), h("span", { class: "text" }, text)]))
      : h("span", { class: "quiet" }, "not shown")));
  }

  async function besides(one) {
    const found = [];
    const part = before(index.bounds.results, one.at);
    for (const at of [part - 1, part, part + 1]) {
      if (at < 0 || at >= index.bounds.results.length) continue;
      const start = index.bounds.results[at];
      if (start >= index.size) continue;
      await resultAt(start);
      found.push(...decoded.get(before(index.bounds.results, start)));
    }
    const same = [...new Set(found)].filter((other) => other.job === one.job && other.visit === one.visit && other.group === one.group && other.comparison === one.comparison && other !== one);
    return same.length ? resultTable("The same analysis, visit and group", same) : h("p", null, "There is none.");
  }

  const resultTable = (caption, list) => table(caption, ["Statistic", "Value", "Unit", "Visit", "Group or comparison"],
    list.map((one) => [link(address.result(one.id), one.statistic), one.value === "" ? `none: ${one.error}` : whole(one.value), one.unit === "1" ? "" : one.unit,
      index.visits[one.visit] ?? one.visit, one.group ? index.arms[one.group] ?? one.group : one.comparison]));

  // ---- numbers that stand on some records ----------------------------------------------------------
  function numbersSection(list) {
    const heading = h("h2", null, "Numbers that stand on it");
    if (!list.length) return h("section", { id: "numbers" }, heading, h("p", { class: "reason" }, "No number of the study stands on it."));
    const set = new Set(list);
    const inOutputs = printed.map((output) => [output, [...output.set].filter((at) => set.has(at)).sort((a, b) => a - b)]).filter(([, found]) => found.length);
    const jobs = new Map();
    for (const at of list) {
      const key = jobOf(at);
      if (!jobs.has(key)) jobs.set(key, []);
      jobs.get(key).push(at);
    }
    const shown = new Set(inOutputs.flatMap(([, found]) => found));
    return h("section", { id: "numbers" }, heading,
      h("p", { id: "touched" }, `${count(list.length, "result")} of ${count(jobs.size, "analysis", "analyses")} (one for each endpoint); ${count(shown.size, "of them is", "of them are")} printed in ${count(inOutputs.length, "output")}.`),
      h("h3", null, "By output"),
      inOutputs.length ? table("Printed numbers by output", ["Output", "Numbers", "Which"], inOutputs.map(([output, found]) => [
        outputLink(output), String(found.length), folded("which", () => resultList(found))])) : h("p", null, "None of them is printed."),
      h("h3", null, "By analysis"),
      table("Results by analysis", ["Analysis", "Endpoint", "Results", "Which"], [...jobs].map(([job, found]) => {
        const [id, place] = index.jobs[job];
        return [link(address.analysis(id), `${labelOf(id)} (${id})`), index.endpoints[place] ?? "whole study", String(found.length), folded("which", () => resultList(found))];
      })));
  }

  async function resultList(list) {
    const box = h("ul", { class: "plain ids" });
    let done = 0;
    const more = h("button", { type: "button", on: { click: () => add() } }, "");
    async function add() {
      const part = await Promise.all(list.slice(done, done + PAGE).map(resultAt));
      box.append(...part.map((one) => h("li", null, link(address.result(one.id), one.id), one.value === "" ? "" : ` = ${whole(one.value)}`)));
      done += part.length;
      more.textContent = `${list.length - done} more`;
      more.hidden = done >= list.length;
    }
    await add();
    return [box, more];
  }

  // ---- raw rows, records, subjects, files, analyses ------------------------------------------------
  async function showRaw([name, sheet, row]) {
    const file = index.files.find((one) => one[0] === name && one[1] === (sheet ?? ""));
    const at = file ? rowsOf(file).indexOf(Number(row)) : -1;
    if (at < 0) return ["Not found", [h("p", { class: "problem" }, "The books know no raw row ", h("code", null, [name, sheet, row].filter(Boolean).join(", ")), ".")]];
    const raw = await rawAt(file[3] + at);
    const standingOn = [...new Set(raw.records.flatMap((record) => standing(record.at)))];
    return [`Raw row ${row} of ${name}${sheet ? `, sheet ${sheet}` : ""}`, [
      h("section", null, h("h2", null, "The row"), h("p", null, "Source ", h("code", null, file[2]), ", ", link(address.file(file), "all rows of the file"), ". Text as it was read; what names a patient is withheld."),
        table("Cells of the row", ["Column", "Fate", "Rule", "Text"], raw.cells.map((cell) => fateLine(cell)))),
      h("section", null, h("h2", null, "Queries to the site"), raw.queries.length
        ? table("Queries about the row", ["Query", "Status", "Answer", "Rule", "Found", "Question", "Done meanwhile"], raw.queries) : h("p", null, "None.")),
      h("section", { id: "made" }, h("h2", null, "Records made of it"), raw.records.length
        ? table("Records", ["Data set", "Subject", "No.", "As"], raw.records.map((record) => [
          groupName(record.group), link(address.subject(record.subject), record.subject),
          link(address.record(record), record.number || "record"), FILES[record.role] ?? (record.role || "itself")]), { head: 2 })
        : h("p", { class: "reason" }, "No record was made of it.")),
      numbersSection(await touched(standingOn)),
    ]];
  }

  function fateLine({ column, fate, rule, by, texts }) {
    const successor = by ? h("span", null, " by ", placeText(by.raw, by.column, "")) : null;
    const text = texts.length ? h("ul", { class: "plain" }, texts.map(([name, one]) => h("li", null, h("span", { class: "quiet" }, `${name}: `), h("span", { class: "text" }, one))))
      : h("span", { class: "quiet" }, "not shown: the row could not be read as a record");
    return [column || "the row", h("span", null, h("strong", { class: `fate ${fate}` }, fate), successor), rule, text];
  }

  async function showRecord([code, subject, number]) {
    const place = index.subjects.indexOf(subject);
    const wanted = (number ?? "").replace(/\.0$/, "");
    for (const at of place < 0 ? [] : numbers(index.of_subject[place])) {
      if (groupOf(at)[0] !== code) continue;
      const record = await recordAt(at);
      if (record.number !== wanted) continue;
      return [`${groupName(record.group)}: ${subject}${number ? `, record ${number}` : ""}`, [
        h("section", null, h("h2", null, "The record"), pairs("Columns of the record", [["Subject", link(address.subject(subject), subject)],
          ...index.columns[record.group[1]].map((column, one) => [column, record.cells[one]])])),
        h("section", null, h("h2", null, "Raw rows"), record.places.length
          ? table("Raw rows behind the record", ["Place", "Text"], record.places.map((one) => [placeText(one.raw, one.column, one.role), textsCell({ places: [one] })]))
          : h("p", { class: "reason" }, "It was made of no single raw row.")),
        numbersSection(await touched(standing(at))),
      ]];
    }
    return ["Not found", [h("p", { class: "problem" }, "No data set has the record ", h("code", null, [code, subject, number].filter(Boolean).join(", ")), ".")]];
  }

  async function showSubject([subject]) {
    const place = index.subjects.indexOf(subject);
    if (place < 0) return ["Not found", [h("p", { class: "problem" }, "No subject has the id ", h("code", null, subject), ".")]];
    const groups = new Map();
    for (const at of numbers(index.of_subject[place])) groups.set(groupOf(at)[0], [...(groups.get(groupOf(at)[0]) ?? []), at]);
    return [`Subject ${subject}`, [h("section", null, h("h2", null, "Records"), [...groups.values()].map((list) => recordsFold(list, null, false)))]];
  }

  function showFile([name, sheet]) {
    const file = index.files.find((one) => one[0] === name && one[1] === (sheet ?? ""));
    if (!file) return ["Not found", [h("p", { class: "problem" }, "The lock has no raw file ", h("code", null, name), ".")]];
    const parts = ["quarantined", "superseded", "used"].map((fate) => {
      const found = numbers(file[5][fate]);
      return h("section", null, h("h2", null, `${fate}: ${count(found.length, "row")}`),
        found.length ? h("ul", { class: "plain rows" }, found.map((row) => h("li", null, link(address.raw({ file: name, sheet: sheet ?? "", row }), String(row))))) : null);
    });
    return [`Raw file ${name}${sheet ? `, sheet ${sheet}` : ""}`, parts];
  }

  async function showAnalysis([id]) {
    if (!index.analyses[id]) return ["Not found", [h("p", { class: "problem" }, "No analysis has the id ", h("code", null, id), ".")]];
    const jobs = index.jobs.map((job, at) => [job, at]).filter(([job]) => job[0] === id);
    const parts = [];
    for (const [[, place], at] of jobs) {
      const job = await jobAt(at);
      if (!parts.length) parts.push(h("section", null, h("h2", null, "Specification"), await analysisBlock(id, { record: [] })));
      const found = index.runs.flatMap(([start, of], run) => (of === at ? span(start, index.runs[run + 1]?.[0] ?? index.size) : []));
      parts.push(h("section", null, h("h2", null, named(index.endpoints, place === "study" ? "" : place) || "Whole study"),
        model(job) ? h("p", null, model(job)) : null,
        job.record.length ? folded("What was done, as recorded", () => pairs(`Record of ${id}, ${place}`, job.record)) : null,
        folded(count(found.length, "result"), () => resultList(found))));
    }
    return [labelOf(id), parts];
  }

  const span = (start, end) => Array.from({ length: end - start }, (_, at) => start + at);

  // ---- start page ---------------------------------------------------------------------------------
  function showStart() {
    const total = { used: 0, superseded: 0, quarantined: 0 };
    for (const file of index.files) for (const fate of FATES) total[fate] += file[6][fate];
    return ["Trace", [
      h("p", null, "A click on a number of a table leads here: to its result, the analysis, the records and the raw rows behind it; and from a raw row back to every number that stands on it."),
      h("section", null, h("h2", null, "Raw files"),
        table(`Raw results and rows by file: ${FATES.map((fate) => `${total[fate].toLocaleString("en")} ${fate}`).join(", ")}`, ["File", "Sheet", "Rows", ...FATES],
          index.files.map((file) => [link(address.file(file), file[0]), file[1], String(rowsOf(file).length), ...FATES.map((fate) => String(file[6][fate]))]))),
      h("section", null, h("h2", null, "Analyses"), table("Analyses of the study", ["Analysis", "Id", "Method"],
        Object.entries(index.analyses).map(([id, one]) => [link(address.analysis(id), one[0]), id, one[1]]))),
      h("section", null, h("h2", null, "Subjects"), h("ul", { class: "plain rows" }, index.subjects.map((id) => h("li", null, link(address.subject(id), id))))),
    ]];
  }

  // ---- navigation ---------------------------------------------------------------------------------
  const views = { r: showResults, raw: showRaw, record: showRecord, subject: showSubject, file: showFile, analysis: showAnalysis };
  let turn = 0;

  async function show(first) {
    const mine = ++turn;
    const main = document.getElementById("trace");
    const heading = document.getElementById("heading");
    main.setAttribute("aria-busy", "true");
    const [name, values] = parts(location.hash.slice(1));
    let title, content;
    try {
      if (!index) {
        index = await load("index");
        printed = (await load("printed")).map(([id, number, text, list]) => ({ id, number, title: text, set: new Set(numbers(list)) }));
      }
      [title, content] = await (views[name] ?? showStart)(values);
    } catch (error) {
      [title, content] = ["The trace cannot be shown", [h("p", { class: "problem" }, error.message)]];
    }
    if (mine !== turn) return; // another click came meanwhile
    heading.textContent = title;
    document.title = `${title} · ${study}`;
    main.replaceChildren(...content.flat().filter(Boolean));
    main.removeAttribute("aria-busy");
    if (!first || location.hash) {
      window.scrollTo(0, 0);
      heading.focus({ preventScroll: true });
    }
  }

  async function search(event) {
    event.preventDefault();
    const text = document.getElementById("search").value.trim();
    const said = document.getElementById("said");
    said.replaceChildren();
    if (!text || !index) return;
    if (index.subjects.includes(text)) location.hash = address.subject(text);
    else if (index.analyses[text]) location.hash = address.analysis(text);
    else if (text.includes("!")) location.hash = `#raw=${text.split("!").map(coded).join("!")}`;
    else if (index.files.some((file) => file[0] === text)) location.hash = address.file(index.files.find((file) => file[0] === text));
    else if (await findResult(text)) location.hash = address.result(text);
    else said.append(...(await near(text)));
  }

  /** Return the first results whose id begins with a text. */
  async function near(text) {
    const found = [];
    const first = Math.max(0, before(index.starts, text));
    for (let part = first; part < index.bounds.results.length && found.length < 20 && part < first + 2; part++) {
      if (index.bounds.results[part] >= index.size) break;
      await resultAt(index.bounds.results[part]);
      found.push(...decoded.get(before(index.bounds.results, index.bounds.results[part])).filter((one) => one.id.startsWith(text)));
    }
    if (!found.length) return [h("p", null, "Nothing has this id, and no result's id begins with it.")];
    return [h("p", null, "Results whose id begins so:"), h("ul", { class: "plain" }, found.slice(0, 20).map((one) => h("li", null, link(address.result(one.id), one.id))))];
  }

  window.addEventListener("hashchange", () => show(false));
  document.getElementById("find").addEventListener("submit", search);
  show(true);
})();

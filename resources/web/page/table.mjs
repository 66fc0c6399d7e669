// A row of a table: a field for each column, empty where a value is missing.

export function rowForm(columns, changed) {
  const form = Object.assign(document.createElement("form"), { className: "row" });
  const fields = columns.map((column) => {
    const label = document.createElement("label");
    label.append(column.name);
    const field = document.createElement(column.categories ? "select" : "input");
    if (column.categories) {
      field.append(new Option("missing", ""), ...column.categories.map((name, code) => new Option(name, code)));
    } else {
      Object.assign(field, { inputMode: "decimal", placeholder: "missing", value: Number(column.mean.toPrecision(4)) });
    }
    field.addEventListener("input", changed);
    label.append(field);
    form.append(label);
    return field;
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  return { form, row: () => rowOf(fields.map((field) => field.value)) };
}

// Returns the tensor of one row; what is no number is missing.
export function rowOf(words) {
  const numbers = words.map((word) => (String(word).trim() === "" ? NaN : Number(String(word).replace(",", "."))));
  return { row: { type: "float32", dims: [1, words.length], data: Float32Array.from(numbers) } };
}

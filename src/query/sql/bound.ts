/** Engine SQL of `body` where `name` stands for the value, which is computed once. A null is handed on, too. */
export const bound = (name: string, value: string, body: string): string => boundAll({ [name]: value }, body);

/** The same for several values, none of which knows the names of the others. */
export const boundAll = (values: Readonly<Record<string, string>>, body: string): string => {
  const names = Object.keys(values);
  const parameters = names.length === 1 ? names[0] : `(${names.join(', ')})`;
  const lists = Object.values(values).map((value) => `[${value}]`);
  return `arrayElement(arrayMap(${parameters} -> ${body}, ${lists.join(', ')}), 1)`;
};

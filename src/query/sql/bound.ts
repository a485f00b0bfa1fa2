/** Engine SQL of `body` where `name` stands for the value, which is computed once. A null is handed on, too. */
export const bound = (name: string, value: string, body: string): string =>
  `arrayElement(arrayMap(${name} -> ${body}, [${value}]), 1)`;

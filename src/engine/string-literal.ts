/** Quotes a value as a ClickHouse string literal. */
export function stringLiteral(text: string): string {
  return `'${text.replace(/\\/g, '\\\\').replace(/'/g, "\\'").replaceAll('\u0000', '\\0')}'`;
}

/** Live tables of the whole catalog, counted again only when the catalog has changed. */
import type { CatalogReader } from '../catalog/catalog.ts';

export class TableCount {
  private readonly catalog: CatalogReader;
  private version = -1;
  private count = 0;

  constructor(catalog: CatalogReader) {
    this.catalog = catalog;
  }

  get current(): number {
    const { catalog } = this;
    if (this.version !== catalog.version) {
      this.count = 0;
      for (const database of catalog.databases()) {
        if (database.deletedAtMs !== null) continue;
        for (const table of catalog.tables(database.id)) if (table.deletedAtMs === null) this.count++;
      }
      this.version = catalog.version;
    }
    return this.count;
  }
}

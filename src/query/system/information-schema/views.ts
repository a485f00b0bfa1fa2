/** The views of `information_schema`, in the order in which `SHOW TABLES` lists them. */
import type { VirtualTable } from '../virtual-table.ts';
import { parameters, routines } from './routines.ts';
import { settings } from './settings.ts';
import { createListings } from './tables.ts';

const listings = createListings(() => informationSchema);

export const informationSchema: readonly VirtualTable[] = [
  listings.tables,
  listings.views,
  listings.columns,
  settings,
  listings.schemata,
  routines,
  parameters,
];

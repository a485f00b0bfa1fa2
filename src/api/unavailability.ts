/** Requests that a part of the server cannot serve now (503): counted each, told when it begins and when it is over. */
import type { SluiceError } from '../errors/index.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { Outage } from '../telemetry/outage.ts';
import type { Route } from './route.ts';

export const UNAVAILABLE = 503;

export class Unavailability {
  private readonly logger: Logger;
  private readonly metrics: Metrics;
  /** By the code of the error; each lasts until every route that it struck has answered again. */
  private readonly outages = new Map<string, Outage<Route>>();

  constructor(logger: Logger, metrics: Metrics) {
    this.logger = logger;
    this.metrics = metrics;
  }

  refused(route: Route, error: SluiceError): void {
    const { code } = error;
    this.metrics.unavailable(code);
    let outage = this.outages.get(code);
    if (outage === undefined) {
      const words = {
        began: `requests are refused with ${code}`,
        ended: `requests are no longer refused with ${code}`,
      };
      outage = new Outage(this.logger, words);
      this.outages.set(code, outage);
    }
    const { method, path } = route;
    outage.failed(route, { method, path }, error.cause ?? error);
  }

  answered(route: Route): void {
    for (const outage of this.outages.values()) outage.worked(route);
  }
}

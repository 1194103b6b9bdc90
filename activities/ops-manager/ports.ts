/** What the Ops Manager activities need beside what every product's need. */
import type { ApplicationDatabase } from '../../src/database/application-database.ts';
import type { Ports } from '../ports.ts';

export interface OpsManagerPorts extends Ports {
  readonly applicationDatabase: ApplicationDatabase;
}

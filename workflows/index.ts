/** Every workflow of the task queue: what the worker bundles. */
export { opsManagerUpgrade } from './ops-manager-upgrade.ts';
export { upgradePlan } from './upgrade-plan.ts';
export { urbancodeDeployUpgrade } from './urbancode-deploy-upgrade.ts';

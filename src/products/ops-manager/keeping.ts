export * from '../linux/keeping.ts';

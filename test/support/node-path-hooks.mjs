// Finds ES modules in NODE_PATH, as Lambda's managed Node runtimes do and plain Node does not: layers are under /opt.
import { createRequire, registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';

const fromNodePath = createRequire('/var/runtime/index.mjs');
registerHooks({
  resolve(specifier, context, next) {
    try {
      return next(specifier, context);
    } catch (error) {
      if (error.code !== 'ERR_MODULE_NOT_FOUND' || /^[./]/.test(specifier)) throw error;
      return { url: pathToFileURL(fromNodePath.resolve(specifier)).href, shortCircuit: true };
    }
  },
});

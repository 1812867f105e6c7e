import {
  $ZodObjectJIT,
  $constructor,
  ZodMiniObject
} from "./shared-zod.js";

// action/src/document/compiled.ts
var CompiledObject = $constructor("CompiledObject", (instance, definition) => {
  $ZodObjectJIT.init(instance, definition);
  ZodMiniObject.init(instance, definition);
});
var compiled = (shape) => new CompiledObject(shape.def);

export {
  compiled
};

/** @type {import('next').NextConfig} */
export default {
  // This folder is the project, whatever lies around it.
  turbopack: { root: import.meta.dirname },
  outputFileTracingRoot: import.meta.dirname,
  poweredByHeader: false,
};

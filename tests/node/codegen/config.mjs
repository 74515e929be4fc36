// graphql-codegen against the running gateway: types of the operations beside this file, from introspection over HTTP.
/** @type {import('@graphql-codegen/cli').CodegenConfig} */
export default {
  schema: [{ [process.env.GATEWAY]: { headers: { authorization: `Bearer ${process.env.TOKEN}` } } }],
  documents: ['codegen/*.graphql', '../../docs/dashboard.graphql'],
  generates: {
    "codegen/generated/": {
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: {
        strictScalars: true,
        scalars: {
          CountryCode: 'string', CurrencyCode: 'string', Date: 'string', DateTime: 'string', Decimal: 'string', HTML: 'string',
          Locale: 'string', Long: 'string', TimeZone: 'string', URL: 'string', Upload: 'File',
        },
      },
    },
  },
};

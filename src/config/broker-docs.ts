export const brokerDocs: Readonly<Record<string, string>> = {}

export const topicDocs: Readonly<Record<string, string>> = {}
export const groupDocs: Readonly<Record<string, string>> = {}

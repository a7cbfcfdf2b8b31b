/** The release of Kafka whose tools these stand in for. */

export const KAFKA_VERSION = '4.3.1'

/** The commit that its tools print beside the version. */
export const KAFKA_COMMIT = '26b251a451ce941d'

/**
 * AlterConfigs, versions 0 to 2: replaces all that is set for a resource. Checked here, decided by the controller. Kept
 * for older clients; IncrementalAlterConfigs changes single keys.
 */
import { assembleResults, checkAlterations, isAsController } from './alter-configs-check.ts'
import type { Handler } from './context.ts'
import { askController } from './forward.ts'

export const alterConfigsHandler: Handler<'AlterConfigs'> = {
  async handle(request, context, services) {
    const checked = checkAlterations(services, request.resources, {
      asController: isAsController(services, context),
      isForwarded: context.isForwarded === true,
      mayBeNull: () => false,
      brokerEntries: (resource) => new Map(resource.configs.map(({ name, value }) => [name, value ?? ''])),
    })
    const { accepted } = checked
    const asked = { ...request, resources: accepted }
    const { responses } =
      accepted.length === 0
        ? { responses: [] }
        : await askController('AlterConfigs', asked, context, services, ({ errorCode, message }) => ({
            responses: accepted.map(({ resourceType, resourceName }) => {
              return { resourceType, resourceName, errorCode, errorMessage: message }
            }),
          }))
    return { responses: assembleResults(request.resources, checked, responses ?? []) }
  },
}

-- The health of every kind of Berth, by the rules that kstatus has for custom resources: deletion, generation, Reconciling,
-- Stalled, Ready. "Suspended" is never said: it would hold a sync open, and a VM that is stopped as asked is healthy.

-- Conditions of a healthy object that a person should still read of.
local worth_telling = {
  RestartRequired = true,
  UnknownFields = true,
  PlaceLost = true,
  OrphanDomains = true,
  MemoryOvercommitted = true,
  FenceContradicted = true,
}

local status = obj.status or {}
local conditions = status.conditions or {}

if obj.metadata.deletionTimestamp ~= nil then
  return { status = "Progressing", message = "Pending deletion" }
end

if status.observedGeneration ~= obj.metadata.generation then
  return { status = "Progressing", message = "Berth has not looked at generation " .. tostring(obj.metadata.generation) .. " yet" }
end

local ready
local messages = {}
for _, condition in ipairs(conditions) do
  if condition.status == "True" and condition.type == "Reconciling" then
    return { status = "Progressing", message = condition.reason .. ": " .. condition.message }
  end
  if condition.status == "True" and condition.type == "Stalled" then
    return { status = "Degraded", message = condition.reason .. ": " .. condition.message }
  end
  if condition.type == "Ready" then
    ready = condition
  elseif condition.status == "True" and worth_telling[condition.type] then
    table.insert(messages, condition.type .. ": " .. condition.message)
  end
end

if ready == nil then
  return { status = "Progressing", message = "Berth has not said whether it is ready" }
end
if ready.status ~= "True" then
  return { status = "Progressing", message = ready.reason .. ": " .. ready.message }
end

table.insert(messages, 1, ready.message)
return { status = "Healthy", message = table.concat(messages, " ") }

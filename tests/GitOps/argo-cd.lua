-- Runs a health check as Argo CD does: one chunk with the live object in the global "obj", and of Lua's libraries no more
-- than Argo CD opens without useOpenLibs. usage: lua5.1 argo-cd.lua HEALTH.LUA <OBJECT (a table constructor)
-- Prints the status, and below it the message.
local check = assert(loadfile(arg[1]))
local object = assert(loadstring("return " .. io.read("*a")))()

local allowed = {
  "_VERSION", "assert", "error", "getmetatable", "ipairs", "next", "pairs", "pcall", "rawequal", "rawget", "rawset",
  "select", "setmetatable", "table", "tonumber", "tostring", "type", "unpack", "xpcall",
}
local globals = { obj = object }
for _, name in ipairs(allowed) do globals[name] = _G[name] end
globals._G = globals

debug.setmetatable("", nil) -- without the string library a string has no methods
local health = setfenv(check, globals)()
assert(type(health) == "table" and type(health.status) == "string", "a health check returns a table with a status")
io.write(health.status, "\n", health.message or "", "\n")

-- What the server told about the project of a buffer, for status lines and other plugins.
local M = {}

---@class envls.Status
---@field health 'ok'|'warning'|'error'
---@field quiescent boolean
---@field message? string
---@field workspaceFolder? string

---@type table<integer, table<string, envls.Status>> the last status of each folder, by client
local statuses = {}
---@type table<integer, table|false> the environment of each buffer; false where there is none
local environments = {}
---@type number[] when the server ended unasked
local crashes = {}

---@type table<integer, table<string|integer, string>> what is under way, by client and token
local works = {}

local group = vim.api.nvim_create_augroup('envls', {})

local function client_of(bufnr)
  return vim.lsp.get_clients({ name = 'envls', bufnr = bufnr })[1]
end

local function changed()
  vim.api.nvim_exec_autocmds('User', { pattern = 'EnvlsChanged', modeline = false })
  vim.cmd.redrawstatus({ bang = true })
end

-- Terminals are started from any buffer; they get what the file has that was looked at last.
local function activate(client, bufnr)
  if vim.g.envls_terminal == false or bufnr ~= vim.api.nvim_get_current_buf() then
    return
  end
  local environment = environments[bufnr]
  if not environment or environment.trusted ~= true then
    return require('envls.tools').activate({})
  end
  client:request('envls/environmentVariables', { uri = vim.uri_from_bufnr(bufnr) }, function(failure, answer)
    if not failure and bufnr == vim.api.nvim_get_current_buf() then
      require('envls.tools').activate(answer)
    end
  end, bufnr)
end

local function ask(client, bufnr)
  if client.name ~= 'envls' or client:is_stopped() then
    return
  end
  client:request('envls/activeEnvironment', { uri = vim.uri_from_bufnr(bufnr) }, function(failure, environment)
    if failure or not vim.api.nvim_buf_is_valid(bufnr) then
      return
    end
    environments[bufnr] = type(environment) == 'table' and environment or false
    activate(client, bufnr)
    changed()
  end, bufnr)
end

--- The environment of a buffer's project, in the shape of the contract, or nil.
---@param bufnr? integer
---@return table?
function M.active(bufnr)
  bufnr = (bufnr == nil or bufnr == 0) and vim.api.nvim_get_current_buf() or bufnr
  return environments[bufnr] or nil
end

-- The environment of a file or folder that may have no buffer; test runners ask so.
local function active_at(path)
  for bufnr, environment in pairs(environments) do
    if environment and vim.startswith(vim.api.nvim_buf_get_name(bufnr), path) then
      return environment
    end
  end
  local client = vim.lsp.get_clients({ name = 'envls' })[1]
  -- Where nothing may be waited for, what is known has to do.
  local answer = client and not vim.in_fast_event() and client:request_sync('envls/activeEnvironment', { uri = vim.uri_from_fname(path) }, 2000)
  return answer and type(answer.result) == 'table' and answer.result or nil
end

--- The interpreter of a buffer's project, or of a file's or folder's, or nil: for debuggers and test runners.
---@param what? integer|string
---@return string?
function M.python(what)
  local environment
  if type(what) == 'string' then
    environment = active_at(what)
  else
    environment = M.active(what)
  end
  local python = environment and environment.python
  return type(python) == 'string' and python or nil
end

--- A short text for the status line: `3.12.4 (shop)`, what is under way, `!` where something is wrong; empty where envls has no say.
---@param bufnr? integer
---@return string
function M.status(bufnr)
  bufnr = (bufnr == nil or bufnr == 0) and vim.api.nvim_get_current_buf() or bufnr
  local client = client_of(bufnr)
  if not client then
    return ''
  end
  local environment, parts = M.active(bufnr), {}
  if environment then
    table.insert(parts, type(environment.version) == 'string' and environment.version or 'Python')
    if type(environment.name) == 'string' then
      table.insert(parts, '(' .. environment.name .. ')')
    end
  elseif environments[bufnr] == false then
    table.insert(parts, 'no environment')
  end
  local status = M.report(bufnr)
  local work = select(2, next(works[client.id] or {}))
  if work then
    table.insert(parts, work .. ' …')
  elseif status and status.quiescent == false then
    table.insert(parts, '…')
  elseif status and status.health ~= 'ok' then
    table.insert(parts, '!')
  end
  return table.concat(parts, ' ')
end

--- What the server said last about the folder of a buffer, or nil.
---@param bufnr? integer
---@return envls.Status?
function M.report(bufnr)
  bufnr = (bufnr == nil or bufnr == 0) and vim.api.nvim_get_current_buf() or bufnr
  local client = client_of(bufnr)
  local known = client and statuses[client.id]
  if not known then
    return nil
  end
  local file, best, length = vim.uri_from_bufnr(bufnr), known[''], -1
  for folder, status in pairs(known) do
    local start = vim.startswith(folder, 'file:') and folder or vim.uri_from_fname(folder)
    if folder ~= '' and vim.startswith(file, start) and #start > length then
      best, length = status, #start
    end
  end
  return best
end

-- What follows is called by lsp/envls.lua.

function M.attached(client, bufnr)
  ask(client, bufnr)
  -- Versions behind requirements. In Python files the hints of another server may be unwanted, so there they are left alone.
  if vim.g.envls_inlay_hints ~= false and vim.bo[bufnr].filetype ~= 'python' then
    vim.lsp.inlay_hint.enable(true, { bufnr = bufnr })
  end
  vim.api.nvim_create_autocmd('BufUnload', {
    group = group,
    buffer = bufnr,
    once = true,
    callback = function()
      environments[bufnr] = nil
    end,
  })
end

--- Hands the interpreter to the debugger nvim-dap, wherever a configuration names none.
function M.dap()
  require('envls.tools').dap()
end

---@param status envls.Status
function M.status_changed(status, client_id)
  local folder = type(status.workspaceFolder) == 'string' and status.workspaceFolder or ''
  statuses[client_id] = statuses[client_id] or {}
  statuses[client_id][folder] = status
  changed()
end

function M.environment_changed(client_id, change)
  local client = vim.lsp.get_client_by_id(client_id)
  if not client then
    return
  end
  for bufnr in pairs(client.attached_buffers) do
    ask(client, bufnr)
  end
  require('envls.handover').follow(client, change and change.project)
end

function M.packages_changed(client_id, change)
  local client = vim.lsp.get_client_by_id(client_id)
  if client then
    require('envls.handover').follow(client, change.project, true)
  end
end

vim.api.nvim_create_autocmd('LspAttach', {
  group = group,
  callback = function(event)
    local client = vim.lsp.get_client_by_id(event.data.client_id)
    if client then
      require('envls.handover').attached(client, event.buf)
    end
  end,
})

-- The servers of a file that is being opened are not to start with the environment of the file before it.
vim.api.nvim_create_autocmd({ 'BufReadPre', 'BufNewFile' }, {
  group = group,
  callback = function()
    if package.loaded['envls.tools'] then
      require('envls.tools').activate({})
    end
  end,
})

vim.api.nvim_create_autocmd('BufEnter', {
  group = group,
  callback = function(event)
    local client = client_of(event.buf)
    if client and environments[event.buf] ~= nil then
      activate(client, event.buf)
    end
  end,
})

vim.api.nvim_create_autocmd('LspProgress', {
  group = group,
  callback = function(event)
    local client, params = vim.lsp.get_client_by_id(event.data.client_id), event.data.params
    if not client or client.name ~= 'envls' then
      return
    end
    works[client.id] = works[client.id] or {}
    if params.value.kind == 'begin' then
      works[client.id][params.token] = params.value.title
    elseif params.value.kind == 'end' then
      works[client.id][params.token] = nil
    else
      return
    end
    changed()
  end,
})

-- Neovim leaves a server that died where it is. Ours is started again, unless somebody wanted it to end, or it keeps dying.
function M.ended(code, signal, client_id)
  local client = vim.lsp.get_client_by_id(client_id)
  local wanted = client and rawget(client, '_is_stopping') or (code == 0 and signal == 0)
  vim.schedule(function()
    statuses[client_id], works[client_id] = nil, nil
    environments = {}
  end)
  if wanted then
    return
  end
  local now = vim.uv.now()
  table.insert(crashes, now)
  crashes = vim.tbl_filter(function(time)
    return now - time < 180000
  end, crashes)
  local count = #crashes
  vim.defer_fn(function()
    if vim.v.exiting ~= vim.NIL then
      return
    end
    if count >= 5 then
      vim.notify('The `envls` server ended five times in three minutes and is not started again; see `:checkhealth envls`, then `:Envls restart`.', vim.log.levels.ERROR)
    else
      M.start()
    end
  end, 100 * count)
end

--- Starts the server for every open buffer that it is for; also the way back after it was given up.
function M.start()
  vim.lsp.enable('envls')
end

return M

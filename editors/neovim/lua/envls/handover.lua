-- Hands the interpreter that envls chose to the other Python servers of this Neovim, each in the way that it takes one.
--
-- What each takes was measured with the servers themselves; docs/editors/wrap.md has the table. What the user set stays.
local M = {}

---@class envls.Kind
---@field programs string[] what its command, or its name in Neovim, is called
---@field setting? string[] where it looks for the interpreter among its settings
---@field option? string[] the same, among its `init_options`
---@field holds 'python'|'prefix'
---@field switch 'told'|'again' whether it follows when told, or only when it is started again
---@field packages 'told'|'again' the same, for what is installed
---@field own? boolean whether it finds `.venv` in its folder by itself

---@type envls.Kind[]
local kinds = {
  {
    programs = { 'basedpyright-langserver', 'basedpyright', 'pyright-langserver', 'pyright', 'pyrefly' },
    setting = { 'python', 'pythonPath' },
    holds = 'python',
    switch = 'told',
    packages = 'told',
  },
  {
    programs = { 'pylsp', 'python-lsp-server' },
    setting = { 'pylsp', 'plugins', 'jedi', 'environment' },
    holds = 'python',
    switch = 'told',
    packages = 'again',
  },
  {
    programs = { 'ty' },
    setting = { 'ty', 'pythonExtension', 'activeEnvironment', 'executable', 'sysPrefix' },
    holds = 'prefix',
    switch = 'again',
    packages = 'again',
    own = true,
  },
  {
    programs = { 'jedi-language-server', 'jedi_language_server' },
    option = { 'workspace', 'environmentPath' },
    holds = 'python',
    switch = 'again',
    packages = 'again',
  },
  { programs = { 'zuban', 'zubanls' }, holds = 'prefix', switch = 'again', packages = 'again', own = true },
}

---@type table<string, true> every value that was handed to somebody: what is found there and is not among them is the user's
local ours = {}
---@type table<integer, true> the clients that are being started again
local leaving = {}

local function kind_of(client)
  local words = type(client.config.cmd) == 'table' and vim.list_slice(client.config.cmd) or {}
  -- One that stands behind `envls wrap` has it from there.
  if words[1] and vim.fs.basename(words[1]):match('^envls') then
    return nil
  end
  table.insert(words, client.name)
  for _, word in ipairs(words) do
    local stem = vim.fs.basename(word):lower():gsub('%.exe$', ''):gsub('%.cmd$', ''):gsub('%.js$', '')
    for _, kind in ipairs(kinds) do
      if vim.tbl_contains(kind.programs, stem) then
        return kind
      end
    end
  end
end

--- Puts a value where nothing of the user's is; says whether it is there now and was not before.
local function put(tree, path, value)
  local last = path[#path]
  for index = 1, #path - 1 do
    if type(tree[path[index]]) ~= 'table' then
      if tree[path[index]] ~= nil then
        return false
      end
      tree[path[index]] = {}
    end
    tree = tree[path[index]]
  end
  local before = tree[last]
  if before == value or (before ~= nil and before ~= vim.NIL and before ~= '' and not ours[before]) then
    return false
  end
  tree[last], ours[value] = value, true
  return true
end

local function tell(client)
  client:notify('workspace/didChangeConfiguration', { settings = client.settings })
end

local function again(client, config)
  if leaving[client.id] then
    return
  end
  leaving[client.id] = true
  local buffers = vim.tbl_keys(client.attached_buffers)
  local told = vim.tbl_map(function(fetched)
    return vim.lsp.diagnostic.get_namespace(client.id, fetched)
  end, { true, false })
  client:stop()
  local tries = 0
  local function start()
    tries = tries + 1
    if vim.lsp.get_client_by_id(client.id) then
      if tries == 60 then
        client:stop(true)
      end
      vim.defer_fn(start, 50)
      return
    end
    leaving[client.id] = nil
    -- Neovim 0.11 keeps what it fetched from a server that is gone.
    for _, namespace in ipairs(told) do
      vim.diagnostic.reset(namespace)
    end
    for _, bufnr in ipairs(buffers) do
      if vim.api.nvim_buf_is_loaded(bufnr) then
        vim.lsp.start(config, { bufnr = bufnr })
      end
    end
  end
  start()
end

--- Whether it would come to this environment by itself, with nobody's help.
local function finds_itself(client, kind, prefix)
  return kind.own and not vim.env.VIRTUAL_ENV and client.root_dir and vim.fs.joinpath(vim.fs.normalize(client.root_dir), '.venv') == prefix
end

local function hand(client, kind, environment)
  local value = environment[kind.holds]
  local new = kind.setting and put(client.settings, kind.setting, value)
  if kind.switch == 'told' then
    if new then
      tell(client)
    end
    return
  end
  local config = vim.deepcopy(client.config)
  config.settings = client.settings
  local handed = config.cmd_env and config.cmd_env.VIRTUAL_ENV
  if handed == environment.prefix or (not handed and finds_itself(client, kind, environment.prefix)) then
    return
  end
  config.cmd_env = vim.tbl_extend('force', config.cmd_env or {}, { VIRTUAL_ENV = environment.prefix })
  if kind.option then
    config.init_options = config.init_options or {}
    put(config.init_options, kind.option, value)
  end
  again(client, config)
end

--- The environment of a client: that of the project in its folder, else of its first file.
local function environment_of(client, envls, act)
  local first = vim.iter(pairs(client.attached_buffers)):next()
  local function ask(uri, otherwise)
    envls:request('envls/activeEnvironment', { uri = uri }, function(failure, environment)
      if not failure and type(environment) == 'table' then
        act(environment)
      elseif otherwise then
        otherwise()
      end
    end)
  end
  local function of_file()
    if first and vim.api.nvim_buf_is_valid(first) then
      ask(vim.uri_from_bufnr(first))
    end
  end
  if client.root_dir then
    ask(vim.uri_from_fname(client.root_dir), of_file)
  else
    of_file()
  end
end

--- Lets one client follow; `packages`: what is installed has changed.
local function follow(client, envls, packages)
  local kind = client.name ~= 'envls' and not client:is_stopped() and kind_of(client)
  if not kind or vim.g.envls_handover == false then
    return
  end
  environment_of(client, envls, function(environment)
    -- Most of them start the interpreter; nothing of a folder that is not trusted is started on our account.
    if environment.trusted ~= true or type(environment.python) ~= 'string' or client:is_stopped() then
      return
    end
    if not packages then
      hand(client, kind, environment)
    elseif kind.packages == 'told' then
      tell(client)
    else
      again(client, vim.deepcopy(client.config))
    end
  end)
end

--- Lets all other clients follow that have to do with a project: those whose files or folder are in it.
---@param envls vim.lsp.Client
---@param project? string
---@param packages? boolean
function M.follow(envls, project, packages)
  local function concerns(client)
    if type(project) ~= 'string' then
      return true
    end
    local root = vim.fs.normalize(project)
    local function inside(path)
      return path and (path == root or vim.startswith(path, root .. '/'))
    end
    if inside(client.root_dir and vim.fs.normalize(client.root_dir)) then
      return true
    end
    return vim.iter(pairs(client.attached_buffers)):any(function(bufnr)
      return vim.api.nvim_buf_is_valid(bufnr) and inside(vim.api.nvim_buf_get_name(bufnr))
    end)
  end
  for _, client in ipairs(vim.lsp.get_clients()) do
    if client.id ~= envls.id and concerns(client) then
      follow(client, envls, packages)
    end
  end
end

--- A client has come to a buffer: it gets the interpreter, if envls is there already; else when envls comes.
function M.attached(client, bufnr)
  local envls = vim.lsp.get_clients({ name = 'envls', bufnr = bufnr })[1]
  if not envls then
    return
  end
  if client.id == envls.id then
    for _, other in ipairs(vim.lsp.get_clients({ bufnr = bufnr })) do
      follow(other, envls)
    end
  else
    follow(client, envls)
  end
end

return M

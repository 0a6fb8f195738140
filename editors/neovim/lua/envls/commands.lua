-- The words of `:Envls`.
local M = {}

local function uri_here()
  local name = vim.api.nvim_buf_get_name(0)
  return (name ~= '' and vim.bo.buftype == '') and vim.uri_from_fname(name) or nil
end

local function say(message)
  vim.notify(message, vim.log.levels.WARN)
end

local function with_client(act)
  local client = vim.lsp.get_clients({ name = 'envls', bufnr = 0 })[1] or vim.lsp.get_clients({ name = 'envls' })[1]
  if client then
    act(client)
  else
    say('The `envls` server is not running; open a Python file, or see `:checkhealth envls`.')
  end
end

local function execute(command, argument, show)
  with_client(function(client)
    local parameters = vim.tbl_extend('keep', argument or {}, { uri = uri_here() })
    client:exec_cmd({
      title = command,
      command = command,
      arguments = { next(parameters) and parameters or vim.empty_dict() },
    }, { bufnr = vim.api.nvim_get_current_buf() }, function(failure, answer)
      if failure then
        say(('`%s` failed: %s'):format(command, failure.message or vim.inspect(failure)))
      elseif show and type(answer) == 'string' and answer ~= '' then
        show(answer)
      end
    end)
  end)
end

local function restart()
  for _, client in ipairs(vim.lsp.get_clients({ name = 'envls' })) do
    client:stop()
  end
  local tries = 0
  local function wait()
    tries = tries + 1
    if #vim.lsp.get_clients({ name = 'envls' }) > 0 and tries < 50 then
      vim.defer_fn(wait, 100)
    else
      require('envls').start()
    end
  end
  wait()
end

-- The machine's environments are looked for only once somebody asks, so the first answers lack them.
local function all_environments(client, uri, act, tries)
  client:request('envls/environments', { uri = uri }, function(failure, answer)
    if failure then
      say(('the environments could not be asked for: %s'):format(failure.message or vim.inspect(failure)))
    elseif answer.settled or (tries or 0) >= 150 then
      act(answer)
    else
      vim.defer_fn(function()
        all_environments(client, uri, act, (tries or 0) + 1)
      end, 100)
    end
  end)
end

local function described(environment, answer)
  local kind = environment.kind
  if type(environment.manager) == 'string' and environment.manager ~= kind then
    kind = kind .. ' by ' .. environment.manager
  end
  local version = type(environment.version) == 'string' and environment.version or '?'
  local line = ('%s: Python %s, %s'):format(vim.fn.fnamemodify(environment.python, ':~:.'), version, kind)
  if environment.health ~= 'ok' then
    line = line .. ', ' .. environment.health
  end
  local because = environment.because
  if type(answer.active) == 'table' and answer.active.python == environment.python then
    -- Of the one in use, why it is that rather than what it is.
    line, because = line .. ', in use', answer.because
  end
  local reasons = vim.tbl_map(function(reason)
    return reason.what
  end, because)
  return #reasons > 0 and ('%s (%s)'):format(line, table.concat(reasons, '; ')) or line
end

local function use(client, uri, path)
  client:request('envls/setActiveEnvironment', { uri = uri, path = path, origin = 'user' }, function(failure, answer)
    if failure then
      say(('it could not be chosen: %s'):format(failure.message or vim.inspect(failure)))
    elseif answer.problems[1] then
      say(('what you chose has a problem: %s'):format(answer.problems[1].message))
    end
  end)
end

local function select()
  local uri = uri_here()
  with_client(function(client)
    if not uri then
      return say('Open a file of the project that is to get another interpreter.')
    end
    all_environments(client, uri, function(answer)
      local offered = vim.tbl_filter(function(environment)
        return environment.offered and type(environment.python) == 'string'
      end, answer.environments)
      table.insert(offered, vim.NIL)
      vim.ui.select(offered, {
        prompt = 'Python interpreter',
        kind = 'envls',
        format_item = function(environment)
          return environment == vim.NIL and 'Let envls choose' or described(environment, answer)
        end,
      }, function(environment)
        if environment then
          use(client, uri, environment == vim.NIL and vim.NIL or environment.python)
        end
      end)
    end)
  end)
end

local words = {
  restart = restart,
  select = select,
  create = function()
    execute('envls.createEnvironment')
  end,
  sync = function()
    execute('envls.syncEnvironment')
  end,
  trust = function()
    execute('envls.trustWorkspace')
  end,
  explain = function()
    execute('envls.explain', { show = false }, function(answer)
      vim.lsp.util.open_floating_preview(vim.split(answer, '\n'), 'markdown', { focus_id = 'envls' })
    end)
  end,
  refresh = function()
    execute('envls.refresh')
  end,
  cancel = function()
    execute('envls.cancel')
  end,
  log = function()
    execute('envls.showLog', nil, function(path)
      -- The server may have asked us to show it already.
      if vim.fn.filereadable(path) == 1 and vim.fn.bufwinid(vim.fn.bufnr(path)) == -1 then
        vim.cmd.split({ args = { path }, magic = { file = false, bar = false } })
      end
    end)
  end,
}

function M.run(arguments)
  local word = words[arguments[1]]
  if word then
    word()
  else
    say(('`:Envls %s` does not exist; there are: %s.'):format(arguments[1], table.concat(M.complete('', 'Envls '), ', ')))
  end
end

function M.complete(lead, line)
  if line:match('^%S*Envls%s+%S+%s') then
    return {}
  end
  local fitting = vim.tbl_filter(function(word)
    return vim.startswith(word, lead)
  end, vim.tbl_keys(words))
  table.sort(fitting)
  return fitting
end

return M

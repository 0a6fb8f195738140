class VSCode: pass
class Journey: pass

# mistake: imports the package's form
# says: the package's own form
from greenlab.carbon import hours_behind

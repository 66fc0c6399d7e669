"""The tabs of Understand, in their order."""

from kdstudio.ui.tabs.calibration import CalibrationTab
from kdstudio.ui.tabs.classes import ClassesTab
from kdstudio.ui.tabs.disagreements import DisagreementsTab
from kdstudio.ui.tabs.input import InputTab
from kdstudio.ui.tabs.layers import LayersTab
from kdstudio.ui.tabs.map import MapTab
from kdstudio.ui.tabs.tab import Tab
from kdstudio.ui.tabs.tokens import TokensTab

TABS: tuple[type[Tab], ...] = (InputTab, TokensTab, ClassesTab, DisagreementsTab, CalibrationTab, MapTab, LayersTab)

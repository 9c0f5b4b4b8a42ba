import Mesh

package typealias Direction = TrafficDirection
